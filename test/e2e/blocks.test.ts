import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { startStackRelay } from '../stack-relay.ts';
import { expectNoLeak, storedRows } from './leaks.ts';
import { tick } from './rotated-account.ts';
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
} from './test-broker.ts';

const grants = () => [
  readerGrant([accounts.media]),
  {
    ...{ id: 'upload', callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }] },
    ...{ resources: [`${accounts.media.name}/blob/photos/**`], permissions: 'r', kinds: ['service'] },
  },
];
const subjectOf = (who: string) => sampleCallers[who]!.oid;
const operator = `local/${subjectOf('operator')}`;
const secrets: string[] = [];
let accounts: Accounts;
let broker: TestBroker;
let config: object;

beforeAll(async () => {
  accounts = await newAccounts();
  config = configuration(accounts, grants());
  broker = await startBroker(accounts, config);
});

afterAll(() => broker.stop());

const post = (who: string, body: object) => call(broker, who, 'POST', '/callers/blocks', body);
const block = (subject: string, parts: object = {}) =>
  post('operator', { issuer: 'local', subject, reason: 'found in a build log', ...parts });
const unblock = (id: unknown, who = 'operator') =>
  call(broker, who, 'DELETE', `/callers/blocks/${String(id)}`);
const list = (query = '', who = 'operator') => call(broker, who, 'GET', `/callers/blocks${query}`);
const items = async (query = '') => (await list(query)).body['items'] as Answer['body'][];
const inAnHour = () => `${new Date(Date.now() + 3_600_000).toISOString().slice(0, 19)}Z`;

describe('blocks of callers', () => {
  it('can be changed only by operators, and read by auditors too', async () => {
    for (const who of ['reader', 'stranger', 'auditor']) {
      const answer = await post(who, { issuer: 'local', subject: 'x', reason: 'y' });
      expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      expect((await unblock('x', who)).status).toBe(403);
    }
    expect((await call(broker, null, 'POST', '/callers/blocks', {})).status).toBe(401);
    expect((await call(broker, null, 'GET', '/callers/blocks')).status).toBe(401);
    expect((await list('', 'reader')).status).toBe(403);
    expect(await list('', 'auditor')).toMatchObject({ status: 200, body: { items: [], nextCursor: null } });
    expect(await items()).toEqual([]);
  });

  it('are refused with every fault', async () => {
    const answer = await post('operator', { issuer: 'nobody', reason: '', until: '2020-01-01T00:00:00Z' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body.errors?.map(({ path }) => path).sort()).toEqual([
      ...['issuer', 'reason', 'subject', 'until'],
    ]);
    expect((await list('?sbject=x')).status).toBe(400);
    expect(await items()).toEqual([]);
  });

  it('are kept, one a caller: a second one replaces the first under its id', async () => {
    const until = inAnHour();
    const first = await block('uma', { until });
    const id = String(first.body['id']);
    expect(first.status).toBe(201);
    expect(first.headers.get('location')).toBe(`/api/callers/blocks/${id}`);
    expect(first.body).toEqual({
      ...{ id, issuer: 'local', subject: 'uma', reason: 'found in a build log', by: operator, until },
      at: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    });
    const second = await block('uma', { reason: 'worse', until: null });
    expect(second).toMatchObject({ status: 201, body: { id, reason: 'worse', until: null } });
    expect(await items()).toEqual([second.body]);
  });

  it('are listed newest first, can be filtered, and end with DELETE', async () => {
    const bob = await block('bob/x', { until: inAnHour() });
    expect((await items()).map(({ subject }) => subject)).toEqual(['bob/x', 'uma']);
    expect((await items('?issuer=local&subject=bob%2Fx')).map(({ id }) => id)).toEqual([bob.body['id']]);
    expect(await items('?issuer=other')).toEqual([]);
    expect(await unblock(bob.body['id'])).toMatchObject({ status: 204, body: {} });
    expect(await unblock(bob.body['id'])).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await items()).map(({ subject }) => subject)).toEqual(['uma']);
    for (const { id } of await items()) expect((await unblock(id)).status).toBe(204);
    expect(await items()).toEqual([]);
  });

  it('leave events that name the operator', async () => {
    const { body } = await call(broker, 'auditor', 'GET', '/events?type=block');
    const events = body['items'] as { actor: string; detail: string }[];
    expect(events.map(({ detail }) => detail.split(/[ :]/)[0])).toEqual([
      ...['local/bob/x', 'local/uma', 'local/uma'],
    ]);
    expect(events.every(({ actor }) => actor === operator)).toBe(true);
    const rows = (await storedRows(accounts)).filter(({ type }) => type === 'unblock');
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row).toMatchObject({ actor: operator, actorName: 'Otto Operator' });
  });
});

const ask = (parts: object = {}) => ({
  url: `${accounts.media.blob}/photos/sample.jpg`,
  permissions: 'r',
  ...parts,
});

async function issue(who = 'reader', host = broker): Promise<Answer> {
  const answer = await call(host, who, 'POST', '/tokens', ask());
  if (answer.status === 201) secrets.push(String(answer.body['token']));
  return answer;
}

const batch = (host = broker) =>
  call(host, 'reader', 'POST', '/tokens/batch', { requests: [ask(), ask({ permissions: 'rwd' })] });
const BLOCKED = { status: 403, code: 'forbidden', detail: 'This caller is blocked.' };

describe('a blocked caller', () => {
  it('gets no tokens, and each refusal is recorded; other callers do', async () => {
    const { id: token } = (await issue()).body;
    await block(subjectOf('reader'));
    const refused = await issue();
    expect(refused).toMatchObject({ status: 403, body: BLOCKED });
    expect(refused.body.errors).toBeUndefined();
    const { status, body } = await batch();
    expect(status).toBe(200);
    const results = [
      { status: 403, problem: BLOCKED },
      { status: 403, problem: BLOCKED },
    ];
    expect(body['results']).toMatchObject(results);
    expect((await issue('uploader')).status).toBe(201);
    const denials = (await storedRows(accounts)).filter(({ reason }) => reason === 'This caller is blocked.');
    expect(denials).toHaveLength(3);
    expect(denials[0]).toMatchObject({ callerSubject: subjectOf('reader'), code: 'forbidden' });

    // Its own records are still there, and it can still say how its work ended.
    const record = `/tokens/${String(token)}`;
    expect((await call(broker, 'reader', 'GET', record)).status).toBe(200);
    const outcome = { outcome: 'abandoned' };
    expect((await call(broker, 'reader', 'POST', `${record}/completion`, outcome)).status).toBe(200);
  });

  it('is told so by explain, and nothing about grants', async () => {
    for (const parts of [{}, { permissions: 'rwd' }, { url: `${accounts.media.blob}/secret/x` }])
      expect(await call(broker, 'reader', 'POST', '/tokens/explain', ask(parts))).toMatchObject({
        status: 200,
        body: {
          ...{ allowed: false, grant: null, wouldIssue: null, largest: null, hints: [] },
          missing: [{ path: '', message: 'This caller is blocked.' }],
        },
      });
  });

  it('gets tokens again once the block is deleted or has ended', async () => {
    const [{ id } = {}] = await items();
    expect((await unblock(id)).status).toBe(204);
    expect((await issue()).status).toBe(201);
    const until = new Date(Date.now() + 4000).toISOString();
    expect((await block(subjectOf('reader'), { until })).status).toBe(201);
    expect((await issue()).status).toBe(403);
    await expect.poll(async () => (await issue()).status, { timeout: 30_000, interval: 300 }).toBe(201);
    expect(await items()).toEqual([]);
  });
});

describe('every instance', () => {
  it('refuses a blocked caller by the next read, and everybody until it has read the blocks', async () => {
    // From the start, because a broker reads the blocks when it loads.
    const table = await startStackRelay({ only: 'any', failEvery: 1, faults: ['refuse'] });
    const state = { STATE_TABLE_URL: `${table.url}/${accounts.state.name}/BrokerState` };
    const hosts = await Promise.all([startBroker(accounts, config), startBroker(accounts, config, state)]);
    const [reached, cutOff] = hosts;
    const status = async (host: TestBroker, who: string) => (await issue(who, host)).status;
    const isReady = async (host: TestBroker) => (await call(host, 'operator', 'GET', '/health/ready')).body;
    try {
      expect(await issue('reader', cutOff)).toMatchObject({
        status: 503,
        body: { code: 'storage_unavailable' },
      });
      expect((await batch(cutOff)).status).toBe(503);
      const checks = [{ name: 'blocks', status: 'failing', detail: 'storage_unavailable' }];
      expect(await isReady(cutOff)).toMatchObject({
        status: 'unavailable',
        checks: expect.arrayContaining(checks) as object,
      });
      table.set({ failEvery: 0 });
      await expect.poll(() => status(cutOff, 'reader'), { timeout: 30_000 }).toBe(201);
      expect(await status(reached, 'reader')).toBe(201);
      // Readiness is remembered for ten seconds.
      await expect
        .poll(() => isReady(cutOff), { timeout: 30_000, interval: 1000 })
        .toMatchObject({ status: 'ready' });

      expect((await block(subjectOf('reader'))).status).toBe(201);
      // Within 20 seconds every instance has read the blocks again.
      const within = { timeout: 40_000, interval: 1000 };
      await expect.poll(() => status(reached, 'reader'), within).toBe(403);
      await expect.poll(() => status(cutOff, 'reader'), within).toBe(403);
      expect(await status(cutOff, 'uploader')).toBe(201);
    } finally {
      await Promise.all(hosts.map((host) => host.stop()));
      await table.stop();
    }
  });
});

describe('a token whose row is still being written', () => {
  it('does not leave once its caller is blocked, or its user delegation key revoked', async () => {
    const table = await startStackRelay({ faults: ['delay'], delayMs: 4000 });
    const host = await startBroker(accounts, configuration(accounts, grants(), QUICK_ROTATION), {
      AUDIT_TABLE_URL: `${table.url}/${accounts.state.name}/BrokerAudit`,
      REQUEST_DEADLINE: 'PT20S',
    });
    const isObserved = async () =>
      (await call(host, 'operator', 'GET', `/accounts/${accounts.media.name}/rotation`)).body['phase'] !==
      null;
    const slowly = async (who: string, kind: string, act: () => Promise<Answer>) => {
      table.set({ failEvery: 1, containing: 'slow row' });
      const { delay } = table.stats.done;
      const answer = call(host, who, 'POST', '/tokens', ask({ kind, purpose: `slow row of ${who}` }));
      await vi.waitUntil(() => table.stats.done.delay > delay, { timeout: 30_000, interval: 20 });
      expect((await act()).status).toBeLessThan(300);
      return answer;
    };
    const rowOf = async (who: string) =>
      (await storedRows(accounts)).find(
        ({ purpose, permissions }) => permissions && purpose === `slow row of ${who}`,
      );
    try {
      await tick(host);
      await vi.waitUntil(isObserved, { timeout: 30_000, interval: 200 });
      expect((await issue('uploader', host)).status).toBe(201);
      const order = { issuer: 'local', subject: subjectOf('uploader'), reason: 'leaked' };
      const refused = await slowly('uploader', 'service', () =>
        call(host, 'operator', 'POST', '/callers/blocks', order),
      );
      expect(refused).toMatchObject({ status: 403, body: BLOCKED });
      expect(await rowOf('uploader')).toMatchObject({ grant: 'upload' });

      for (const { id } of await items())
        await call(host, 'operator', 'DELETE', `/callers/blocks/${String(id)}`);
      expect(await issue('reader', host)).toMatchObject({ status: 201, body: { kind: 'user-delegation' } });
      const revocation = {
        ...{ target: { account: accounts.media.name }, lever: 'revoke-delegation-keys' },
        ...{ dryRun: false, force: true, reason: 'leaked' },
      };
      const dropped = await slowly('reader', 'user-delegation', () =>
        call(host, 'operator', 'POST', '/revocations', revocation),
      );
      expect(dropped).toMatchObject({ status: 503, body: { code: 'signing_key_unavailable' } });
      expect(await rowOf('reader')).toMatchObject({ grant: 'read' });
      expect((await issue('reader', host)).status).toBe(201);
    } finally {
      await host.stop();
      await table.stop();
    }
  });
});

it('leaks no token into log or rows', () => expectNoLeak(accounts, broker, secrets));
