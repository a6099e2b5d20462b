import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { resourceManagerCalls, resourceManagerFault } from '../stack-client.ts';
import { expectNoLeak } from './leaks.ts';
import { downloadStatus, rotationOf, takeOver, tick } from './rotated-account.ts';
import {
  type Accounts,
  type Answer,
  call,
  configuration,
  newAccounts,
  QUICK_ROTATION,
  readerGrant,
  startBroker,
  type TestBroker,
  uploadPhoto,
} from './test-broker.ts';

const operator = `local/${sampleCallers['operator']!.oid}`;
const secrets: string[] = [];
const answers: Answer[] = [];
let accounts: Accounts;
let broker: TestBroker;

beforeAll(async () => {
  accounts = await newAccounts();
  broker = await startBroker(
    accounts,
    configuration(accounts, [readerGrant([accounts.media])], QUICK_ROTATION),
  );
  await uploadPhoto(accounts);
  await takeOver(broker, accounts.media);
});

afterAll(() => broker.stop());

const state = () => rotationOf(broker, accounts.media);

async function revoke(key: string | null, body: object = {}, who = 'operator'): Promise<Answer> {
  const target = { account: accounts.media.name, ...(key === null ? {} : { key }) };
  const answer = await call(broker, who, 'POST', '/revocations', { target, ...body });
  answers.push(answer);
  return answer;
}

const act = (key: string | null, lever: string, body: object) =>
  revoke(key, { lever, reason: 'found in a build log', dryRun: false, ...body });

async function issue(kind: 'service' | 'user-delegation') {
  const url = `${accounts.media.blob}/photos/sample.jpg`;
  const { status, body } = await call(broker, 'reader', 'POST', '/tokens', { url, permissions: 'r', kind });
  expect(status).toBe(201);
  secrets.push(String(body['token']));
  const id = String(body['id']);
  const record = await call(broker, 'auditor', 'GET', `/tokens/${id}`);
  return {
    ...{ id, url: String(body['url']) },
    signedWith: record.body['signedWith'] as { key?: string; delegationKey?: { startsAt: string } },
  };
}

describe('a revocation', () => {
  it('can be planned by auditors and ordered only by operators', async () => {
    expect((await revoke('key1', {}, 'auditor')).status).toBe(200);
    expect((await revoke('key1', {}, 'reader')).status).toBe(403);
    // The role decides before anything else of the request is looked at.
    for (const target of [{ account: accounts.media.name }, { account: 'unknown' }, 'nothing'])
      expect(await call(broker, 'auditor', 'POST', '/revocations', { target, dryRun: false })).toMatchObject({
        status: 403,
        body: { code: 'forbidden', detail: 'This requires the role operator.' },
      });
    expect((await call(broker, 'reader', 'POST', '/revocations', { dryRun: false })).status).toBe(403);
    const denials = await call(broker, 'auditor', 'GET', '/events?type=denial&limit=10');
    expect(JSON.stringify(denials.body)).toContain('revoke requires the role operator');
  });

  it('that is invalid is refused with every fault', async () => {
    expect((await call(broker, null, 'POST', '/revocations', {})).status).toBe(401);
    const malformed = await revoke('key9', { dryRun: false, block: true, force: 'yes' });
    expect(malformed.status).toBe(400);
    expect(malformed.body.errors?.map(({ path }) => path).sort()).toEqual(
      ['force', 'lever', 'planHash', 'reason', 'target.key'].sort(),
    );
    expect((await resourceManagerCalls(accounts.media.name))['regenerateKey']?.asked ?? 0).toBe(0);
  });

  it('plans what it will revoke, then revokes exactly that: storage refuses the old key, and issuing continues', async () => {
    const [byKey, delegated] = [await issue('service'), await issue('user-delegation')];
    expect(byKey.signedWith.key).toBe('key1');
    const whole = await revoke(null);
    expect(whole).toMatchObject({ status: 200, body: { tokens: 2, scannedAll: true } });
    expect(whole.body['levers']).toMatchObject([
      { lever: 'revoke-delegation-keys', kills: { tokens: 1 } },
      { lever: 'regenerate-key', kills: { tokens: 1 } },
      { lever: 'remove-role', byHand: true, kills: { tokens: 1 } },
    ]);
    const plan = await revoke('key1');
    const reader = { issuer: 'local', subject: sampleCallers['reader']!.oid, tokens: 1 };
    expect(plan.body).toMatchObject({
      tokens: 1,
      callers: [reader],
      wait: expect.stringMatching(/^PT\d/) as string,
    });
    const stale = await act('key1', 'regenerate-key', { planHash: 'ab'.repeat(32) });
    expect(stale).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(JSON.stringify(stale.body)).not.toMatch(/[0-9a-f]{64}/);
    expect(await downloadStatus(byKey.url)).toBe(200);

    const done = await act('key1', 'regenerate-key', { planHash: plan.body['planHash'] });
    expect(done).toMatchObject({
      status: 200,
      body: { state: 'done', proved: true, provedOn: ['blob', 'queue', 'table'] },
    });
    expect((await call(broker, 'auditor', 'GET', `/tokens/${byKey.id}`)).body).toMatchObject({
      state: 'revoked',
      endedBy: { lever: 'regenerate-key', by: operator },
    });
    // Rows hold whole seconds, so a token issued within the same second counts as issued since.
    expect([[], [byKey.id]]).toContainEqual(done.body['issuedSince']);
    expect([await downloadStatus(byKey.url), await downloadStatus(delegated.url)]).toEqual([403, 200]);
    await expect.poll(async () => (await issue('service')).signedWith.key, { timeout: 30_000 }).toBe('key2');
    expect(await downloadStatus((await issue('service')).url)).toBe(200);
    expect((await act('key1', 'regenerate-key', { planHash: plan.body['planHash'] })).status).toBe(409);
  });

  it('is recorded with its consequences in events that name the operator and the reason', async () => {
    const { body } = await call(broker, 'auditor', 'GET', `/events?account=${accounts.media.name}`);
    const events = body['items'] as { type: string; actor: string; detail: string }[];
    expect(events.find(({ type }) => type === 'revocation')).toMatchObject({
      ...{ actor: operator, detail: 'regenerate-key of key1: found in a build log' },
    });
    expect(events.find(({ type }) => type === 'rotation-retiring')).toMatchObject({ actor: operator });
  });

  it('of delegation keys makes every instance sign with a newer key', async () => {
    const before = await issue('user-delegation');
    const { body } = await revoke(null, { lever: 'revoke-delegation-keys' });
    const done = await act(null, 'revoke-delegation-keys', { planHash: body['planHash'] });
    expect(done).toMatchObject({ status: 200, body: { state: 'done', proved: true, provedOn: ['blob'] } });
    expect(await downloadStatus(before.url)).toBe(403);
    expect((await resourceManagerCalls(accounts.media.name))['revokeUserDelegationKeys']?.done).toBe(1);
    const startsAt = async () => (await issue('user-delegation')).signedWith.delegationKey!.startsAt;
    await expect.poll(startsAt, { timeout: 30_000 }).not.toBe(before.signedWith.delegationKey!.startsAt);
    // Until deadBy, the instance may still sign with a key that is dead by now.
    await expect
      .poll(async () => downloadStatus((await issue('user-delegation')).url), { timeout: 30_000 })
      .toBe(200);
    expect(Date.parse(String(done.body['deadBy'])) - Date.now()).toBeLessThan(3000);
  });

  it('of both keys with force is completed by the timer after a lost reply', async () => {
    await expect
      .poll(async () => (await tick(broker), (await state())['phase']), { timeout: 30_000 })
      .toBe('steady');
    const old = await issue('service');
    await resourceManagerFault({
      operation: 'regenerateKey',
      name: accounts.media.name,
      fault: 'lose-reply',
    });
    const answer = await act('both', 'regenerate-key', { force: true });
    expect([200, 202]).toContain(answer.status);
    await expect
      .poll(async () => (await tick(broker), await downloadStatus(old.url)), {
        timeout: 30_000,
        interval: 500,
      })
      .toBe(403);
    await expect
      .poll(async () => downloadStatus((await issue('service')).url), { timeout: 30_000 })
      .toBe(200);
    const { body } = await call(broker, 'auditor', 'GET', '/events?type=revocation&limit=1');
    expect(body['items']).toMatchObject([
      { detail: expect.stringContaining('forced without a plan') as string },
    ]);
  });

  it('leaks no key into replies, log or rows', async () => {
    const text = JSON.stringify(answers.map(({ body }) => body));
    for (const secret of [accounts.media.key1, accounts.media.key2, 'sig='])
      expect(text).not.toContain(secret);
    await expectNoLeak(accounts, broker, secrets);
  });
});
