import { AzureNamedKeyCredential, type TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainTableClient } from '../../bench/plain-client.ts';
import { startTableServer, type TableServer } from '../../bench/table-server.ts';
import { completionRow } from '../../shared/audit/add-on-rows.ts';
import { auditReadFailure } from '../../shared/audit/audit-unavailable.ts';
import { auditRow } from '../../shared/audit/audit-row.ts';
import { candidateFilters } from '../../shared/audit/candidate-rows.ts';
import { fingerprintFilters } from '../../shared/audit/fingerprint-filters.ts';
import { liveRowFilters } from '../../shared/audit/live-rows.ts';
import { fingerprintOf, newRowKeys } from '../../shared/audit/row-keys.ts';
import { tableTokenPages } from '../../shared/audit/table-token-pages.ts';
import { tokenConditions } from '../../shared/audit/token-filters.ts';
import { readTokenQuery } from '../../shared/deaths/token-query-parameters.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import type { ReadRow, TableRow } from '../../shared/tables/columns.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { readPages } from '../../shared/tables/table-pages.ts';
import { SortedTable } from '../fakes/sorted-table.ts';
import { newAccount } from '../stack-client.ts';
import { someRecord } from '../unit/audit/records.ts';

const start = new Date('2026-11-22T12:00:00Z');
const HOUR = { from: '2026112212', to: '2026112212' };
const fingerprint = fingerprintOf('sig 7');

/** Tokens of several hours, shards, places and callers, also of shards to come, with one completion. */
const ROWS: TableRow[] = Array.from({ length: 60 }, (_, index) => {
  const expiresAt = addSeconds(start, (index % 5) * 3600 - 3000);
  const parts = { shard: [0, 3, 7, 12][index % 4] ?? 0, expiresAt, suffix: 'aaaaaaaa' };
  return someRecord({
    key: newRowKeys({ ...parts, fingerprint: fingerprintOf(`sig ${index}`) }),
    expiresAt,
    resource: {
      account: 'media',
      service: 'blob',
      container: index % 3 === 0 ? 'photos' : 'uploads',
      blob: "o'1",
    },
    caller: { issuer: 'local', subject: index % 2 === 0 ? "ann o'neil" : 'bob', name: null, ip: null },
    policy: index % 6 === 0 ? 'readers' : null,
  });
}).flatMap((record, index) => [
  auditRow(record, 'i'),
  ...(index === 7 ? [completionRow(record.key, { outcome: 'failed', at: start, detail: null }, 'r')] : []),
]);

let server: TableServer;
let served: TableClient;
let azurite: TableClient;

beforeAll(async () => {
  server = await startTableServer(new SortedTable());
  served = plainTableClient(server.url);
  const { name, key1, table } = await newAccount();
  azurite = auditTableClient(table, 'Audit', new AzureNamedKeyCredential(name, key1));
  await azurite.createTable();
  await Promise.all(ROWS.flatMap((row) => [served, azurite].map((client) => client.createEntity(row))));
});

afterAll(() => server.stop());

/** Returns the pages of a query, without what differs between tables: times and etags. */
async function pagesOf(client: TableClient, query: object, maxPageSize: number): Promise<ReadRow[][]> {
  const pages: ReadRow[][] = [];
  for await (const page of client.listEntities<ReadRow>({ queryOptions: query }).byPage({ maxPageSize }))
    pages.push(page.map((row) => Object.fromEntries(Object.entries(row).filter(isColumn))));
  // The last page may be empty, as storage need not know that nothing follows.
  return pages.filter((page) => page.length > 0);
}

const isColumn = ([name, value]: [string, unknown]): boolean =>
  value !== null && !['etag', 'timestamp'].includes(name);

const listed = (parameters: Record<string, string>) => {
  const { filters } = readTokenQuery(new URLSearchParams(parameters), start);
  return `PartitionKey ge 't-0-2026112211' and PartitionKey lt 't-9.' and ((${tokenConditions(filters).join(' and ')}) or outcome ge '')`;
};

const QUERIES: Record<string, string[]> = {
  'live rows': liveRowFilters({ account: 'media', expiresAfter: start, issuedSince: start }),
  'live rows of a policy': liveRowFilters({
    account: null,
    expiresAfter: start,
    conditions: ["policyId eq 'readers'"],
  }),
  'a fingerprint in one hour': fingerprintFilters(fingerprint, HOUR),
  'a fingerprint in all hours': fingerprintFilters(fingerprint, null),
  candidates: candidateFilters({
    hours: HOUR,
    shard: null,
    columns: { account: 'media', resource: "media/blob/photos/o'1" },
  }),
  'a list by place and caller': [
    listed({ account: 'media', service: 'blob', container: 'photos', caller: "local/ann o'neil" }),
    listed({ issuedAfter: '2026-11-22T00:00:00Z', grant: 'photo-upload' }),
  ],
  'one token': [
    `PartitionKey eq '${ROWS[7]!.partitionKey}' and RowKey ge '${ROWS[7]!.rowKey}' and RowKey lt '${ROWS[7]!.rowKey}~~'`,
  ],
};

describe('the table server of the benchmark answers as the emulator', () => {
  it.each(Object.entries(QUERIES))('to %s', async (_name, filters) => {
    const columns = ['partitionKey', 'rowKey', 'policyId'];
    const rows = await Promise.all(
      filters.map(async (filter, index) => {
        const query = index % 2 === 0 ? { filter } : { filter, select: columns };
        const expected = await pagesOf(azurite, query, 4);
        expect(await pagesOf(served, query, 4)).toEqual(expected);
        return expected.flat();
      }),
    );
    expect(rows.flat().length).toBeGreaterThan(0);
  });

  it('to the pages of a list', async () => {
    const read = async (client: TableClient) => {
      const open = tableTokenPages({ client, clock: () => new Date() });
      const pages = open({ conditions: ["grant eq 'photo-upload'"], deadline: addSeconds(new Date(), 20) });
      const range = { from: 't-3-', before: 't-3.' };
      const keys: unknown[] = [];
      for (let from: string | null = ''; from !== null;) {
        const page = await pages.read({ range, from, top: 3, keysOnly: false });
        keys.push(...(page?.rows ?? []).map((row) => row['rowKey']));
        from = page?.rest ?? null;
      }
      return keys;
    };
    const keys = await read(azurite);
    expect(keys.length).toBeGreaterThan(9);
    expect(await read(served)).toEqual(keys);
  });

  it('to scans, which take the rows as they were sent', async () => {
    for (const client of [served, azurite]) {
      const rows: ReadRow[] = [];
      const table = { client, clock: () => new Date(), unavailable: auditReadFailure };
      const query = { filter: "PartitionKey ge 't-' and PartitionKey lt 't.'", pageRows: 7 };
      const { rest } = await readPages(table, query, addSeconds(new Date(), 20), (page) => {
        rows.push(...page);
      });
      expect([rest, rows.length]).toEqual([null, ROWS.length]);
      for (const row of rows)
        expect([row['PartitionKey'], row['RowKey']]).toEqual([row['partitionKey'], row['rowKey']]);
    }
  });

  it('to a row that exists', async () => {
    for (const client of [served, azurite])
      await expect(client.createEntity(ROWS[0]!)).rejects.toMatchObject({ statusCode: 409 });
  });
});

describe('the table server of the benchmark refuses what it does not know', () => {
  const list = async (filter: string) => pagesOf(served, { filter }, 10);
  it.each([
    ['an operator', () => list("kind ne 'service'")],
    ['a negation', () => list("not (kind eq 'service')")],
    ['a number', () => list('count gt 0')],
    ['a filter that goes on', () => list("kind eq 'service') or (kind eq 'a'")],
    ['no filter', () => list('')],
    ['an entity by its keys', () => served.getEntity('a', 'b')],
    ['a deletion', () => served.deleteEntity('a', 'b')],
    ['a transaction', () => served.submitTransaction([['create', { partitionKey: 'a', rowKey: 'b' }]])],
    ['a new table', () => served.createTable()],
  ])('%s', async (_what, send) => {
    await expect(send()).rejects.toMatchObject({ statusCode: 501 });
  });
});
