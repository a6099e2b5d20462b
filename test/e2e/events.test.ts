import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

let accounts: Accounts;
let broker: TestBroker;

interface Event {
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly account: string | null;
  readonly actor: string;
  readonly detail: string;
}

beforeAll(async () => {
  accounts = await newAccounts();
  broker = await startBroker(
    accounts,
    configuration(accounts, [readerGrant([accounts.media], { kinds: ['service'] })]),
  );
  const url = `${accounts.media.blob}/photos/sample.jpg`;
  for (const permissions of ['rd', 'rw'])
    expect((await call(broker, 'reader', 'POST', '/tokens', { url, permissions })).status).toBe(403);
  await vi.waitUntil(async () => (await events('?type=configuration')).length === 1, { timeout: 30_000 });
  // Rows of an earlier month and of another account, in the layout of the audit table.
  const old = (account: string, day: string) => ({
    ...{ partitionKey: `e-${day}`, rowKey: `${day}T000000000Z-abcdefgh`, account, actor: 'schedule' },
    ...{
      at: `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T00:00:00Z`,
      type: 'rotation-steady',
      detail: 'x',
    },
  });
  await accounts.auditTable.createEntity(old('media', '20200229'));
  await accounts.auditTable.createEntity(old('archive', '20200301'));
});

afterAll(() => broker.stop());

const ask = (query: string, who = 'auditor') => call(broker, who, 'GET', `/events${query}`);

async function events(query: string): Promise<Event[]> {
  const { status, body } = await ask(query);
  expect(status).toBe(200);
  return body['items'] as Event[];
}

describe('events', () => {
  it('can be read only by auditors', async () => {
    expect((await ask('', 'operator')).status).toBe(403);
    expect((await ask('', 'reader')).status).toBe(403);
  });

  it('are listed newest first, including the configuration at start and every denial', async () => {
    const all = await events('');
    expect(all.map(({ type }) => type)).toEqual(expect.arrayContaining(['denial', 'configuration']));
    expect(all.map(({ at }) => at)).toEqual(
      all
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
    const members = ['account', 'activeKey', 'actor', 'actorName', 'at', 'detail', 'id', 'phase', 'type'];
    expect(Object.keys(all[0]!).sort()).toEqual(members);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  it('for denials say who asked for what, and why it was denied', async () => {
    const denials = await events(`?type=denial&account=${accounts.media.name}`);
    expect(denials).toHaveLength(2);
    expect(denials[1]).toMatchObject({
      ...{ type: 'denial', account: accounts.media.name, actor: `local/${sampleCallers['reader']!.oid}` },
      actorName: sampleCallers['reader']!.name,
      detail: expect.stringMatching(/allows r, not d.*\(rd permissions on .*photos\/sample\.jpg\)/) as string,
    });
  });

  it('for changes of policies name the operator', async () => {
    await accounts.container('photos');
    const path = `/accounts/${accounts.media.name}/blob/photos/policies/readers`;
    expect((await call(broker, 'operator', 'PUT', path, { permissions: 'r' })).status).toBe(200);
    expect((await call(broker, 'operator', 'DELETE', path)).status).toBe(204);
    for (const type of ['policy-put', 'policy-deleted'])
      expect(await events(`?type=${type}`)).toMatchObject([
        {
          type,
          account: accounts.media.name,
          actor: `local/${sampleCallers['operator']!.oid}`,
          actorName: sampleCallers['operator']!.name,
          phase: null,
          activeKey: null,
        },
      ]);
  });

  it('can be filtered by the beginning of a type', async () => {
    const typesOf = async (type: string) =>
      new Set((await events(`?type=${type}`)).map((event) => event.type));
    expect(await typesOf('policy-*')).toEqual(new Set(['policy-put', 'policy-deleted']));
    expect(await typesOf('den*')).toEqual(new Set(['denial']));
    expect((await typesOf('*')).size).toBeGreaterThan(3);
    expect((await ask('?type=**')).status).toBe(400);
  });

  it('are listed page by page in any range', async () => {
    const range = '?since=2020-02-01T00:00:00Z&until=2020-03-02T00:00:00Z';
    expect((await events(range)).map(({ account }) => account)).toEqual(['archive', 'media']);
    expect((await events(`${range}&account=media`)).map(({ at }) => at)).toEqual(['2020-02-29T00:00:00Z']);
    expect(await events('?since=2020-03-01T00:00:01Z&until=2020-03-02T00:00:00Z')).toEqual([]);

    const whole = (await events('?since=2020-01-01T00:00:00Z')).map(({ id }) => id);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const next: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { status, body } = await ask(`?since=2020-01-01T00:00:00Z&limit=2${next}`);
      expect(status).toBe(200);
      seen.push(...(body['items'] as Event[]).map(({ id }) => id));
      cursor = body['nextCursor'] as string | null;
    }
    expect(seen).toEqual(whole);
    expect(whole.length).toBeGreaterThan(5);
  });

  it('are refused with every fault of an invalid query', async () => {
    const { status, body } = await ask('?sine=x&limit=0&cursor=abc&type=DROP%20TABLE');
    expect(status).toBe(400);
    expect(body.errors?.map(({ path }) => path).sort()).toEqual(['cursor', 'limit', 'sine', 'type']);
  });
});
