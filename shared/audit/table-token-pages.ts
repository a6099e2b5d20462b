import type { TableClient } from '@azure/data-tables';
import { quote } from '../tables/odata.ts';
import type { PageTurns } from '../azure-calls/page-turns.ts';
import { type PagesQuery, readPages } from '../tables/table-pages.ts';
import { auditReadFailure } from './audit-unavailable.ts';
import type { TokenPage, TokenPageQuery, TokenPages, TokenRange } from './token-pages.ts';

interface TableTokenPagesOptions {
  /** A client of the audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly clock: () => Date;
  /** Shared by every scan of this instance. */
  readonly turns?: PageTurns;
}

/** Which rows to read, and until when. */
export interface TokenPagesQuery {
  /** OData conditions that the rows must meet, all of them. */
  readonly conditions: readonly string[];
  /** When the call ends. The reading ends earlier, so that there is time to reply. */
  readonly deadline: Date;
}

/** Makes the pages of one call. */
export type OpenTokenPages = (query: TokenPagesQuery) => TokenPages;

const MAX_PAGES = 60;
const TIME_SHARE = 0.8;

/** Returns what reads tokens from the audit table: at most 60 pages, and in at most 0.8 of the call's time. */
export function tableTokenPages({ client, clock, turns }: TableTokenPagesOptions): OpenTokenPages {
  const table = { client, clock, unavailable: auditReadFailure, turns };
  return ({ conditions, deadline }) => {
    const start = clock().getTime();
    const timeMs = Math.max(0, (deadline.getTime() - start) * TIME_SHARE);
    const end = new Date(start + timeMs);
    let sent = 0;
    let received = 0;
    return {
      async read(query) {
        const taken: TokenPage['rows'][] = [];
        const mayRead = (): boolean => taken.length === 0 && sent++ < MAX_PAGES;
        const { rest, fault } = await readPages(
          table,
          { ...tableQuery(query, conditions), mayRead },
          end,
          (page) => {
            taken.push(page);
            received += 1;
          },
        );
        const [rows] = taken;
        if (rows !== undefined) return { rows, rest };
        if (received === 0) throw auditReadFailure(fault ?? 'deadline passed');
        return null;
      },
      spent: () => Math.max(sent / MAX_PAGES, (clock().getTime() - start) / Math.max(1, timeMs)),
    };
  };
}

function tableQuery(
  { range, from, top, keysOnly }: TokenPageQuery,
  conditions: readonly string[],
): PagesQuery {
  if (keysOnly)
    return { filter: rangeFilter(range), columns: ['partitionKey', 'rowKey'], from, pageRows: top };
  // An add-on row has none of its token's columns, but an outcome.
  const matching = conditions.length === 0 ? [] : [`((${conditions.join(' and ')}) or outcome ge '')`];
  return { filter: [rangeFilter(range), ...matching].join(' and '), from, pageRows: top };
}

function rangeFilter(range: TokenRange): string {
  if ('partition' in range)
    return `PartitionKey eq ${quote(range.partition)} and RowKey ge ${quote(range.rowsFrom)}`;
  return `PartitionKey ge ${quote(range.from)} and PartitionKey lt ${quote(range.before)}`;
}
