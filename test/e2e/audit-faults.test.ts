import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { forEachConcurrently } from '../../shared/azure-calls/concurrency.ts';
import type { FaultyTable } from '../fakes/faulty-table.ts';
import { startStackRelay } from '../stack-relay.ts';
import { expectNoLeak, storedRows } from './leaks.ts';
import {
  type Accounts,
  type Answer,
  call,
  configuration,
  newAccounts,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

const REQUESTS = 1000;
/** So many that they share transactions, and so few that none waits until it is refused as overload on a busy machine. */
const AT_ONCE = 250;
let accounts: Accounts;
let broker: TestBroker;
let table: FaultyTable;

beforeAll(async () => {
  accounts = await newAccounts();
  table = await startStackRelay({ seed: 20_261_122 });
  broker = await startBehindTable('PT20S');
});

function startBehindTable(deadline: string): Promise<TestBroker> {
  const grant = {
    id: 'uploads',
    callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }],
    resources: [`${accounts.media.name}/blob/uploads/\${claims.oid}/**`],
    permissions: 'cw',
    kinds: ['user-delegation', 'service'],
    maxTtl: 'P1D',
  };
  return startBroker(accounts, configuration(accounts, [grant]), {
    AUDIT_TABLE_URL: `${table.url}/${accounts.state.name}/BrokerAudit`,
    REQUEST_DEADLINE: deadline,
  });
}

afterAll(async () => {
  await broker.stop();
  await table.stop();
});

const ask = (index: number) =>
  call(broker, 'uploader', 'POST', '/tokens', {
    url: `${accounts.media.blob}/uploads/${sampleCallers['uploader']!.oid}/${index}.bin`,
    permissions: 'cw',
    // Each hour of expiry is a partition, so many hours mean many transactions, and many of them fail.
    ttl: 600 + (index % 23) * 3600,
    purpose: `request ${index}`,
  });

async function tokenRows(): Promise<Record<string, unknown>[]> {
  return (await storedRows(accounts)).filter(({ partitionKey }) => String(partitionKey).startsWith('t-'));
}

describe('an audit table that fails one request in five', () => {
  const answers: Answer[] = [];

  it(`has exactly one matching row for each token received from ${REQUESTS} requests, ${AT_ONCE} at once`, async () => {
    table.set({ failEvery: 5, faults: ['refuse', 'lose-reply'], only: 'any' });
    const requests = Array.from({ length: REQUESTS }, (_, index) => index);
    await forEachConcurrently(requests, AT_ONCE, async (index) => void answers.push(await ask(index)));
    table.set({ failEvery: 0, only: 'write' });
    expect(table.stats.done.refuse + table.stats.done['lose-reply']).toBeGreaterThan(10);

    const received = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status !== 201);
    for (const { status, body, headers } of refused) {
      expect(status).toBe(503);
      // On a busy machine, some wait too long for their turn.
      expect(['audit_unavailable', 'overloaded']).toContain(body['code']);
      expect(headers.get('retry-after')).toMatch(/^\d+$/);
      expect(body['token']).toBeUndefined();
    }
    expect(received.length).toBeGreaterThan(REQUESTS / 2);

    const rows = await tokenRows();
    const byId = new Map(
      rows.map((row) => [`${String(row['partitionKey']).slice(2)}-${String(row['rowKey'])}`, row]),
    );
    expect(byId.size).toBe(rows.length);
    for (const { body } of received) {
      const row = byId.get(String(body['id']));
      expect(row, `row of ${String(body['id'])}`).toMatchObject({
        permissions: 'cw',
        grant: 'uploads',
        callerSubject: sampleCallers['uploader']!.oid,
      });
      const { account, service, container, blob } = body['resource'] as Record<string, string>;
      expect(row!['resource']).toBe(`${account}/${service}/${container}/${blob}`);
      byId.delete(String(body['id']));
    }
    const refusedIds = new Set(refused.map(({ body }) => String(body['requestId'])));
    for (const row of byId.values()) expect(refusedIds).toContain(row['requestId']);
    console.log(
      `${received.length} tokens, ${refused.length} refused, ${rows.length} rows, ${byId.size} rows without a token, ${table.stats.writes} writes`,
    );
  }, 120_000);

  it('does not leak a token into log or rows', async () => {
    await expectNoLeak(
      accounts,
      broker,
      answers.flatMap(({ body }) => (typeof body['token'] === 'string' ? [body['token']] : [])),
    );
  });
});

describe('an audit table that accepts no write', () => {
  let impatient: TestBroker;

  beforeAll(async () => {
    impatient = await startBehindTable('PT2S');
  });

  afterAll(() => impatient.stop());

  it.each(['refuse', 'error', 'lose-request', 'hang'] as const)('prevents every token: %s', async (fault) => {
    try {
      table.set({ failEvery: 1, faults: [fault], only: 'any' });
      const answer = await call(impatient, 'uploader', 'POST', '/tokens', {
        url: `${accounts.media.blob}/uploads/${sampleCallers['uploader']!.oid}/x.bin`,
        permissions: 'cw',
        kind: 'service',
      });
      expect(answer).toMatchObject({ status: 503, body: { code: 'audit_unavailable' } });
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(JSON.stringify(answer.body)).not.toContain('sig=');
      expect((await call(impatient, null, 'GET', '/health/ready')).status).toBe(503);
    } finally {
      table.set({ failEvery: 0, only: 'write' });
    }
  });

  it('does not change the refusal of what is not granted', async () => {
    table.set({ failEvery: 1, faults: ['refuse'], only: 'any' });
    try {
      const answer = await call(broker, 'stranger', 'POST', '/tokens', {
        url: `${accounts.media.blob}/uploads/x`,
        permissions: 'r',
      });
      expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    } finally {
      table.set({ failEvery: 0, only: 'write' });
    }
  });
});

describe('a batch of 100', () => {
  const HOURS = 3;
  const began = Date.now();
  const expiryOf = (index: number) => new Date(began + (1 + (index % HOURS)) * 3_600_000).toISOString();
  const batch = async (purpose: string) => {
    const requests = Array.from({ length: 100 }, (_, index) => ({
      url: `${accounts.media.blob}/uploads/${sampleCallers['uploader']!.oid}/${index}.bin`,
      permissions: 'cw',
      expiresAt: expiryOf(index),
      purpose,
    }));
    const answer = await call(broker, 'uploader', 'POST', '/tokens/batch', { requests });
    expect(answer.status).toBe(200);
    return answer.body['results'] as { status: number; token?: { id: string }; problem?: { code: string } }[];
  };
  const rowsOf = async (purpose: string) => (await tokenRows()).filter((row) => row['purpose'] === purpose);

  it('is written in one transaction per partition', async () => {
    const isStarted = async () => (await storedRows(accounts)).some(({ type }) => type === 'configuration');
    await vi.waitUntil(isStarted, { timeout: 30_000 });
    const before = table.stats.writes;
    const results = await batch('partitions');
    expect(results.map(({ status }) => status)).toEqual(Array<number>(100).fill(201));
    expect(table.stats.writes - before).toBe(HOURS);
    expect(new Set((await rowsOf('partitions')).map(({ partitionKey }) => partitionKey)).size).toBe(HOURS);
  });

  it.each(['lose-request', 'error'] as const)(
    'with one failing transaction (%s) loses only the tokens of that transaction',
    async (fault) => {
      const purpose = `one fails: ${fault}`;
      const hour = expiryOf(1).slice(0, 13).replace(/[-T]/g, '');
      table.set({ failEvery: 1, faults: [fault], containing: `-${hour}"` });
      const results = await batch(purpose).finally(() => table.set({ failEvery: 0, containing: '' }));
      const outcome = ({ status, problem }: (typeof results)[number]) => problem?.code ?? status;
      const expected = results.map((_, index) => (index % HOURS === 1 ? 'audit_unavailable' : 201));
      expect(results.map(outcome)).toEqual(expected);
      const stored = (await rowsOf(purpose)).map(
        ({ partitionKey, rowKey }) => `${String(partitionKey).slice(2)}-${String(rowKey)}`,
      );
      expect(stored.sort()).toEqual(results.flatMap(({ token }) => token?.id ?? []).sort());
    },
  );
});
