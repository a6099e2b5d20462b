import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { expectNoLeak, storedRows } from './leaks.ts';
import {
  type Accounts,
  type Answer,
  call,
  configuration,
  newAccounts,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

const subjectOf = (who: string) => sampleCallers[who]!.oid;
const operator = `local/${subjectOf('operator')}`;
const secrets: string[] = [];
let accounts: Accounts;
let broker: TestBroker;

beforeAll(async () => {
  accounts = await newAccounts();
  broker = await startBroker(accounts, configuration(accounts, [readerGrant([accounts.media])]));
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

it('leaks no token into log or rows', () => expectNoLeak(accounts, broker, secrets));
