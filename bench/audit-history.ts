import { auditQueries } from '../test/fakes/audit-queries.ts';
import type { AuditTable } from './audit-table.ts';
import { measureRatio, repeat, type Work } from './rounds.ts';

/** Live tokens in each table. */
export const LIVE_ROWS = 2000;

const ROUNDS = 7;

export interface HistoryCost {
  readonly query: string;
  /** The time with the long history, relative to the short one. */
  readonly ratio: number;
  /** Requests of one query, with the short and with the long history. */
  readonly requests: readonly [number, number];
}

type Query = (queries: ReturnType<typeof auditQueries>) => Promise<number>;

/** Label, query, how many tokens it finds, and how often it runs in a round. */
const QUERIES: readonly (readonly [string, Query, number, number])[] = [
  ['list of live tokens (100)', ({ list }) => list('asc'), 100, 5],
  ['list of live tokens (100), latest expiry first', ({ list }) => list('desc'), 100, 5],
  ['lookup by URL', ({ lookUpLive }) => lookUpLive(), 1, 10],
  ['lookup by URL of an expired token', ({ lookUpExpired }) => lookUpExpired(), 1, 10],
  ['plan for a grant', ({ plan }) => plan({ grant: 'photo-upload' }), LIVE_ROWS, 3],
  ['live summary', ({ summarize }) => summarize(), LIVE_ROWS, 3],
];

/** Times queries over two tables that differ in their history alone. @throws Error if a query does not find everything. */
export async function measureHistory(short: AuditTable, long: AuditTable): Promise<HistoryCost[]> {
  const costs: HistoryCost[] = [];
  for (const [label, query, wanted, times] of QUERIES) {
    const work = ({ client }: AuditTable, count: number): Work => {
      const queries = auditQueries(client);
      return repeat(count, async () => {
        const found = await query(queries);
        if (found !== wanted) throw new Error(`${label}: found ${found} instead of ${wanted}`);
      });
    };
    const requestsOf = async (table: AuditTable): Promise<number> => {
      const before = table.requests();
      await work(table, 1)();
      return table.requests() - before;
    };
    const requests = [await requestsOf(short), await requestsOf(long)] as const;
    const ratio = await measureRatio(ROUNDS, work(long, times), work(short, times));
    costs.push({ query: label, ratio, requests });
  }
  return costs;
}
