import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { resourceManagerCalls } from '../stack-client.ts';
import { expectNoLeak, storedRows } from './leaks.ts';
import { downloadStatus, tick } from './rotated-account.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  publishKey,
  QUICK_ROTATION,
  readerGrant,
  startBroker,
  type TestBroker,
  uploadPhoto,
} from './test-broker.ts';

const rotation = { ...QUICK_ROTATION, takeOver: false };
const secrets: string[] = [];
let accounts: Accounts;
let broker: TestBroker;
let photo: string;

beforeAll(async () => {
  accounts = await newAccounts();
  broker = await startBroker(
    accounts,
    configuration(accounts, [readerGrant([accounts.media], { kinds: ['service'] })], rotation),
    {
      REQUEST_DEADLINE: 'PT2S',
    },
  );
  photo = await uploadPhoto(accounts);
});

afterAll(() => broker.stop());

const path = () => `/accounts/${accounts.media.name}/rotation`;
const state = async () => (await call(broker, 'auditor', 'GET', path())).body;

async function issue(ttl: number) {
  const { status, body } = await call(broker, 'reader', 'POST', '/tokens', {
    url: photo,
    permissions: 'r',
    ttl,
  });
  expect(status).toBe(201);
  secrets.push(String(body['token']));
  return { id: String(body['id']), url: String(body['url']), expiresAt: new Date(String(body['expiresAt'])) };
}

/** Ticks until the account is in one of the phases; fails if that takes too long. */
const until = (...phases: string[]) =>
  expect
    .poll(async () => (await tick(broker), (await state())['phase'] as string), {
      timeout: 60_000,
      interval: 300,
    })
    .toSatisfy((phase: string) => phases.includes(phase));

const signer = async (id: string) =>
  ((await call(broker, 'auditor', 'GET', `/tokens/${id}`)).body['signedWith'] as { key: string }).key;

describe('an account that the broker rotates', () => {
  it('is only observed, and not rotated, until an operator takes it over', async () => {
    await tick(broker);
    await expect.poll(async () => (await state())['phase'], { timeout: 30_000 }).toBe('observed');
    const refused = await call(broker, 'operator', 'POST', path(), {});
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'conflict', rotation: { phase: 'observed', activeKey: 'key1' } },
    });
    expect(refused.body['detail']).toContain('cannot know');
    const ages = (refused.body['rotation'] as { keys: { createdAt: string }[] }).keys.map(
      ({ createdAt }) => createdAt,
    );
    expect(ages).toHaveLength(2);
    for (const age of ages) expect(Date.parse(age)).not.toBeNaN();
    expect((await resourceManagerCalls(accounts.media.name))['regenerateKey']?.done ?? 0).toBe(0);
  });

  it('cannot be rotated by anyone but an operator, nor can an unknown account', async () => {
    expect((await call(broker, 'auditor', 'POST', path())).status).toBe(403);
    expect((await call(broker, 'reader', 'GET', '/accounts')).status).toBe(403);
    expect((await call(broker, 'operator', 'POST', '/accounts/nosuch/rotation')).status).toBe(404);
    const bad = await call(broker, 'operator', 'POST', path(), { takeOver: 'yes', reson: 'x' });
    expect(bad.status).toBe(400);
    expect(bad.body.errors?.map((error) => error.path).sort()).toEqual(['reson', 'takeOver']);
  });

  it('keeps live tokens working through the drain, changes to the other key, and makes storage refuse the old one', async () => {
    // Their rows name the wrong key, and the tag is right again before a tick can notice it.
    await publishKey(accounts.media, 'key1', 'key2');
    await expect
      .poll(async () => signer((await issue(5)).id), { timeout: 30_000, interval: 500 })
      .toBe('key2');
    const misnamed = await issue(32);
    await publishKey(accounts.media, 'key1');
    await expect
      .poll(async () => signer((await issue(5)).id), { timeout: 30_000, interval: 500 })
      .toBe('key1');
    const old = await issue(25);
    const order = await call(broker, 'operator', 'POST', path(), {
      takeOver: true,
      reason: 'first rotation',
    });
    expect(order.status).toBe(202);

    await until('draining');
    const draining = await state();
    expect(draining).toMatchObject({ phase: 'draining', activeKey: 'key2', overdue: false, lastError: null });
    const [key1, key2] = draining['keys'] as { liveTokens: number }[];
    const uncounted = (await call(broker, 'auditor', 'GET', `${path()}?counts=false`)).body['keys'];
    expect(uncounted).toMatchObject([{ liveTokens: null }, { liveTokens: null }]);
    const history = await call(broker, 'auditor', 'GET', `${path()}/history`);
    expect(history).toMatchObject({ status: 200, body: { account: accounts.media.name } });
    const segments = history.body['segments'] as { phase: string; to: string | null; activeKey: string }[];
    expect(segments.at(-1)).toMatchObject({ phase: 'draining', to: null, activeKey: 'key2' });
    expect(segments.map(({ phase }) => phase)).toEqual(expect.arrayContaining(['observed', 'preparing']));
    expect((await call(broker, 'reader', 'GET', `${path()}/history`)).status).toBe(403);
    expect((await call(broker, 'auditor', 'GET', '/accounts/nosuch/rotation/history')).status).toBe(404);
    expect([key1!.liveTokens >= 2, key2!.liveTokens]).toEqual([true, 0]);
    expect(await downloadStatus(old.url)).toBe(200);
    await expect
      .poll(async () => signer((await issue(5)).id), { timeout: 30_000, interval: 500 })
      .toBe('key2');

    for (let phase = ''; phase !== 'steady' && new Date() < misnamed.expiresAt;) {
      for (const { url, expiresAt } of [old, misnamed]) {
        const answer = await downloadStatus(url);
        if (new Date() < expiresAt) expect(answer).toBe(200);
      }
      await tick(broker);
      phase = String((await state())['phase']);
      await pause(100);
    }
    await until('steady');
    expect(new Date().getTime()).toBeGreaterThan(misnamed.expiresAt.getTime());
    expect(await downloadStatus((await issue(60)).url)).toBe(200);
    expect((await resourceManagerCalls(accounts.media.name))['regenerateKey']).toEqual({ asked: 2, done: 2 });
  }, 120_000);

  it('has an event for every step, with the actor who requested it', async () => {
    const events = (await storedRows(accounts)).filter(({ partitionKey }) =>
      String(partitionKey).startsWith('e-'),
    );
    const types = events
      .filter(({ account }) => account === accounts.media.name)
      .map(({ type }) => String(type));
    for (const phase of ['observed', 'steady', 'preparing', 'settling', 'publishing', 'draining', 'retiring'])
      expect(types).toContain(`rotation-${phase}`);
    const [preparing] = events.filter(({ type }) => type === 'rotation-preparing');
    expect(preparing?.['actor']).toMatch(/^local\//);
    expect(preparing?.['detail']).toContain('first rotation');
    const listed = await call(broker, 'auditor', 'GET', '/events?type=rotation-draining');
    const [first] = listed.body['items'] as Record<string, unknown>[];
    expect(first).toMatchObject({
      actorName: sampleCallers['operator']!.name,
      phase: 'draining',
      activeKey: 'key2',
    });
  });

  it('leaks no key into log, rows or replies', async () => {
    await expectNoLeak(accounts, broker, secrets);
  });
});
