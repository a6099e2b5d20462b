import { AzureNamedKeyCredential, type TableClient } from '@azure/data-tables';
import { afterEach, describe, expect, test } from 'vitest';
import type { AuditLog } from '../../shared/audit/audit-record.ts';
import { partitionKey, rowKey } from '../../shared/audit/row-keys.ts';
import { tableAuditLog } from '../../shared/audit/table-audit-log.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import type { FaultyTable, FaultyTableOptions } from '../fakes/faulty-table.ts';
import { newAccount } from '../stack-client.ts';
import { startStackRelay } from '../stack-relay.ts';
import { someRecord } from '../unit/audit/records.ts';

let owner: TableClient;
let faulty: FaultyTable;
let log: AuditLog;
const within = (milliseconds: number): Date => new Date(Date.now() + milliseconds);

/** Opens a new table: `owner` reads it directly, and `log` writes through the proxy. */
async function open(options: Omit<FaultyTableOptions, 'target' | 'seed'>): Promise<void> {
  const { name, key1, table } = await newAccount();
  const credential = new AzureNamedKeyCredential(name, key1);
  owner = auditTableClient(table, 'Audit', credential);
  await owner.createTable();
  faulty = await startStackRelay({ seed: 42, ...options });
  const client = auditTableClient(`${faulty.url}/${name}`, 'Audit', credential);
  log = tableAuditLog({ client, instance: 'i', shard: 3, clock: () => new Date() });
}

async function rowsInTable(): Promise<Map<string, number>> {
  const rows = new Map<string, number>();
  for await (const entity of owner.listEntities()) {
    const key = `${entity.partitionKey} ${entity.rowKey}`;
    rows.set(key, (rows.get(key) ?? 0) + 1);
  }
  return rows;
}

/** Returns records in 40 partitions: faults occur per request, and with fewer partitions there would be fewer requests. */
const records = (count: number): ReturnType<typeof someRecord>[] =>
  Array.from({ length: count }, (_, index) => {
    const expiresAt = new Date(Date.UTC(2026, 10, 22, index % 40, 15));
    return someRecord({ sig: `sig-${index}`, expiresAt, requestId: `req-${index}` });
  });
const keysOf = ({ key }: ReturnType<typeof someRecord>): string => `${partitionKey(key)} ${rowKey(key)}`;

describe('the audit log with a failing table', () => {
  afterEach(() => faulty.stop());

  test('confirmed rows are in the table once, even if one write in five fails or loses its reply', async () => {
    await open({ failEvery: 5, faults: ['refuse', 'error', 'lose-request', 'lose-reply', 'late'] });
    const all = records(3000);

    const confirmed = new Set<string>();
    const refused = new Map<string, unknown>();
    const arrivals = all.map(async (record, index) => {
      await new Promise((resolve) => setTimeout(resolve, (index % 50) * 40));
      await log.append(record, within(20_000)).then(
        () => confirmed.add(keysOf(record)),
        (error: unknown) => refused.set(keysOf(record), error),
      );
    });
    await Promise.all(arrivals);
    await new Promise((resolve) => setTimeout(resolve, 500));

    const rows = await rowsInTable();
    expect(confirmed.size + refused.size).toBe(all.length);
    expect([...confirmed].filter((keys) => rows.get(keys) !== 1)).toEqual([]);
    expect([...rows.keys()].filter((keys) => !confirmed.has(keys) && !refused.has(keys))).toEqual([]);
    for (const error of refused.values()) expect(error).toMatchObject({ code: 'audit_unavailable' });
    // Two of the five faults lose a batch; refusals and lost replies lose no row.
    expect(confirmed.size).toBeGreaterThan(all.length / 2);
    expect(refused.size).toBeGreaterThan(0);
    for (const fault of ['refuse', 'error', 'lose-request', 'lose-reply', 'late'] as const)
      expect(faulty.stats.done[fault]).toBeGreaterThan(0);
  });

  test('with refusals and lost replies only, every row is confirmed', async () => {
    await open({ failEvery: 5, faults: ['refuse', 'lose-reply'], only: 'any' });
    const all = records(1000);
    await Promise.all(all.map((record) => log.append(record, within(10_000))));
    const rows = await rowsInTable();
    expect(all.every((record) => rows.get(keysOf(record)) === 1)).toBe(true);
    expect(rows.size).toBe(all.length);
  });

  test.each(['refuse', 'hang', 'lose-request', 'error'] as const)(
    'if every request ends with "%s", every row is rejected by its deadline, until the table recovers',
    async (fault) => {
      await open({ failEvery: 1, faults: [fault], only: 'any' });
      const outcomes = await Promise.allSettled(
        records(150).map((record) => log.append(record, within(800))),
      );
      const codes = outcomes.map((outcome) =>
        outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'confirmed',
      );
      expect(new Set(codes)).toEqual(new Set(['audit_unavailable']));
      await expect(log.find(someRecord().key, within(300))).rejects.toMatchObject({
        code: 'audit_unavailable',
      });
      await expect(
        log.findByFingerprint(someRecord().key.fingerprint, null, within(300)),
      ).rejects.toMatchObject({ code: 'audit_unavailable' });
      expect(await rowsInTable()).toEqual(new Map());

      faulty.set({ failEvery: 0 });
      await log.append(someRecord(), within(5000));
      expect((await rowsInTable()).size).toBe(1);
    },
  );

  test('a write whose every reply is lost is rejected: a row without a token, never a token without a row', async () => {
    await open({ failEvery: 1, faults: ['lose-reply'], only: 'any' });
    const [record] = records(1);
    await expect(log.append(record!, within(1000))).rejects.toMatchObject({ code: 'audit_unavailable' });
    expect((await rowsInTable()).size).toBe(1);
  });

  test('a row is rejected by its deadline if the table cannot be reached', async () => {
    await open({ failEvery: 0 });
    await faulty.stop();
    const [record] = records(1);
    await expect(log.append(record!, within(700))).rejects.toMatchObject({
      code: 'audit_unavailable',
      reason: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  test('a row waits for a slow table', async () => {
    await open({ failEvery: 1, faults: ['delay'], only: 'any', delayMs: 700 });
    await Promise.all(records(20).map((record) => log.append(record, within(4000))));
    expect((await rowsInTable()).size).toBe(20);
  });

  test('a scan that its deadline ends reports that it is incomplete', async () => {
    await open({ failEvery: 2, faults: ['hang'], only: 'read' });
    const { scannedAll } = await log.findByFingerprint(someRecord().key.fingerprint, null, within(800));
    expect(scannedAll).toBe(false);
  });

  test('a denial that cannot be written does not throw', async () => {
    await open({ failEvery: 1, faults: ['hang'] });
    const denial = {
      code: 'forbidden',
      resource: null,
      permissions: null,
      kind: null,
      reason: 'r',
      purpose: null,
    };
    const { caller } = someRecord();
    await log.appendDenial({ ...denial, at: new Date(), caller, requestId: 'r' }, within(300));
  });
});
