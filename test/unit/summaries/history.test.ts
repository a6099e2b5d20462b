import { describe, expect, it } from 'vitest';
import { auditRow } from '../../../shared/audit/audit-row.ts';
import { timeKey } from '../../../shared/audit/event-row-keys.ts';
import { tableDenialRows } from '../../../shared/audit/table-denial-rows.ts';
import { denialRow } from '../../../shared/audit/write-event-rows.ts';
import { addSeconds, formatInstant, hourOf } from '../../../shared/iso-time.ts';
import { tableLiveTokenReader } from '../../../shared/revocation/table-live-token-reader.ts';
import { readDenialSummaryQuery, summarizeDenials } from '../../../shared/summaries/denial-summary.ts';
import { LiveTokenCounts } from '../../../shared/summaries/live-token-counts.ts';
import { liveTokenSummary } from '../../../shared/summaries/live-token-summary.ts';
import type { TableRow } from '../../../shared/tables/columns.ts';
import { countingTableClient } from '../../fakes/counting-table-client.ts';
import { SortedTable } from '../../fakes/sorted-table.ts';
import { someRecord } from '../audit/records.ts';
import { planWorld } from '../revocation/plan-world.ts';

const now = new Date('2026-11-22T12:20:00Z');
const clock = () => now;
const call = { now, deadline: addSeconds(now, 10) };

const someToken = auditRow(someRecord(), 'i');
const someDenial = denialRow(
  {
    ...{ at: now, caller: { issuer: 'local', subject: 'ann', name: null, ip: null }, requestId: 'r' },
    ...{
      code: 'forbidden',
      reason: 'no grant',
      resource: null,
      permissions: null,
      kind: null,
      purpose: null,
    },
  },
  { instance: 'i', shard: 0, suffix: 'aaaaaaaa' },
);

/** Returns the row of a token in one of eight shards. */
function tokenRow(number: number, expiresAt: Date): TableRow {
  return {
    ...someToken,
    partitionKey: `t-${number % 8}-${hourOf(expiresAt)}`,
    rowKey: `${String(number).padStart(64, '0')}-aaaaaaaa`,
    expiresAt: formatInstant(expiresAt),
    callerSubject: `c${number % 100}`,
  };
}

/** Returns the row of a denial, likewise. */
function rowOfDenial(number: number, at: Date): TableRow {
  return {
    ...someDenial,
    partitionKey: `d-${number % 8}-${hourOf(at)}`,
    rowKey: `${timeKey(at)}-${String(number).padStart(8, 'a')}`,
    at: formatInstant(at),
    callerSubject: `c${number % 100}`,
  };
}

/** Returns a client of a table with these rows. */
function countingTable(given: readonly TableRow[], pageRows?: number) {
  const table = new SortedTable();
  for (const row of given) table.insert(row);
  return countingTableClient(table, pageRows);
}

const rows = (count: number, row: (number: number) => TableRow): TableRow[] =>
  Array.from({ length: count }, (_, number) => row(number));
/** A time in the 400 days before two hours ago. */
const past = (number: number): Date => addSeconds(now, -7200 - ((number * 1733) % (400 * 86_400)));

describe('what a summary reads', () => {
  it('of live tokens is the same whatever the number of expired ones', async () => {
    const live = rows(2500, (number) => tokenRow(number, addSeconds(now, 60 + number * 200)));
    const read = async (history: number) => {
      const expired = rows(history, (number) => tokenRow(100_000 + number, past(number)));
      const { client, takeReads } = countingTable([...live, ...expired]);
      const { ports } = planWorld();
      const rotation = { ...ports.rotation, clock };
      const liveTokens = tableLiveTokenReader({ client, clock });
      const counts = new LiveTokenCounts({ ...ports, rotation, liveTokens });
      const count = await counts.count({ ...call, by: 'local/ann' });
      return { reads: takeReads(), summary: liveTokenSummary(count, { account: null, hours: 24 }) };
    };
    const few = await read(1000);
    expect(few.summary).toMatchObject({ total: 2500, scannedAll: true });
    expect(few.reads).toEqual({ ranges: 19, pages: 19, entities: 2500, scanned: 2500 });
    expect(await read(20_000)).toEqual(few);
  });

  it('of denials is the same whatever the number of older ones', async () => {
    const recent = rows(1500, (number) => rowOfDenial(number, addSeconds(now, -1 - number * 50)));
    const read = async (history: number) => {
      const older = rows(history, (number) => rowOfDenial(number, addSeconds(past(number), -86_400)));
      const { client, takeReads } = countingTable([...recent, ...older]);
      const denials = tableDenialRows({ client, clock });
      const range = readDenialSummaryQuery(new URLSearchParams(), now);
      const summary = await summarizeDenials(denials, range, call);
      return { reads: takeReads(), summary };
    };
    const few = await read(1000);
    expect(few.summary).toMatchObject({ total: 1500, scannedAll: true });
    expect(few.reads).toEqual({ ranges: 19, pages: 19, entities: 1500, scanned: 1500 });
    expect(await read(20_000)).toEqual(few);
  });

  it('is at most 60 pages, and then it says that it is incomplete', async () => {
    // All in one shard, so that the 18 other ranges need one page each.
    const live = rows(500, (number) => tokenRow(number * 8, addSeconds(now, 3600)));
    const tokens = countingTable(live, 10);
    const { ports } = planWorld();
    const rotation = { ...ports.rotation, clock };
    const liveTokens = tableLiveTokenReader({ client: tokens.client, clock });
    const count = await new LiveTokenCounts({ ...ports, rotation, liveTokens }).count({ ...call, by: 'a/b' });
    const summary = liveTokenSummary(count, { account: null, hours: 24 });
    expect([tokens.takeReads().pages, summary.total, summary.scannedAll]).toEqual([60, 420, false]);

    const denied = rows(500, (number) => rowOfDenial(number * 8, addSeconds(now, -1 - number)));
    const { client, takeReads } = countingTable(denied, 10);
    const range = readDenialSummaryQuery(new URLSearchParams(), now);
    const denials = await summarizeDenials(tableDenialRows({ client, clock }), range, call);
    expect([takeReads().pages, denials.total, denials.scannedAll]).toEqual([60, 420, false]);
  });
});
