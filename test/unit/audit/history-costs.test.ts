import { beforeAll, describe, expect, it } from 'vitest';
import { auditQueries, tableWithHistory } from '../../fakes/audit-queries.ts';
import { countingTableClient, type TableReads } from '../../fakes/counting-table-client.ts';

const LIVE_ROWS = 300;
type Queries = ReturnType<typeof auditQueries>;

/** What is asked, and how many tokens it finds. */
const QUERIES: [string, (queries: Queries) => Promise<number>, number][] = [
  ['GET /tokens?state=live', ({ list }) => list('asc'), 100],
  ['GET /tokens?state=live&order=desc', ({ list }) => list('desc'), 100],
  ['a lookup by URL', ({ lookUpLive }) => lookUpLive(), 1],
  ['a lookup by URL of an expired token', ({ lookUpExpired }) => lookUpExpired(), 1],
  ['the plan for a grant', ({ plan }) => plan({ grant: 'photo-upload' }), LIVE_ROWS],
  ['the plan for an account', ({ plan }) => plan({ account: 'media' }), LIVE_ROWS],
];

/** Returns what each query reads of a table with so many rows of history. */
async function readsOf(historyRows: number): Promise<Map<string, TableReads>> {
  const { client, takeReads } = countingTableClient(tableWithHistory(LIVE_ROWS, historyRows));
  const queries = auditQueries(client);
  const reads = new Map<string, TableReads>();
  for (const [name, query, found] of QUERIES) {
    expect(await query(queries), name).toBe(found);
    reads.set(name, takeReads());
  }
  return reads;
}

describe('with 20,000 rows of history', () => {
  let short: Map<string, TableReads>;
  let long: Map<string, TableReads>;
  beforeAll(async () => {
    short = await readsOf(1000);
    long = await readsOf(20_000);
  });

  it.each(QUERIES)('%s reads the ranges, pages and entities that it reads with 1,000', (name) => {
    const reads = long.get(name)!;
    expect(reads).toEqual(short.get(name));
    expect(reads.entities).toBeGreaterThan(0);
    expect(reads.scanned).toBeLessThanOrEqual(2 * LIVE_ROWS);
    expect(reads.pages).toBeLessThanOrEqual(60);
  });

  it('a search without an hour reads the history, so the counts would show it', async () => {
    const { client, takeReads } = countingTableClient(tableWithHistory(LIVE_ROWS, 20_000));
    await auditQueries(client).lookUpFingerprint('ab'.repeat(32));
    expect(takeReads().scanned).toBeGreaterThan(20_000);
  });
});
