import type { TableClient } from '@azure/data-tables';
import { nextTurn, pause } from '../azure-calls/timeout.ts';
import type { BrokerError } from '../broker-error.ts';
import type { Result } from '../result.ts';
import type { ReadRow } from './columns.ts';
import type { PageTurns } from '../azure-calls/page-turns.ts';
import { type Page, type PageFault, tryPage } from './table-page.ts';

const PAGE_ROWS = 1000;
/** Storage answers a query within 5 s, with the rows found so far and where to continue. */
const PAGE_LIMIT_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 800;

/** A table to read from. */
export interface ReadableTable {
  readonly client: TableClient;
  readonly clock: () => Date;
  /** Makes the error for a table that cannot be read; the reason is for the log. */
  readonly unavailable: (reason: string) => BrokerError;
  /** Where a reading of many pages waits for its turn before each page; left out if it never waits. */
  readonly turns?: PageTurns | undefined;
}

/** Which rows to read. */
export interface PagesQuery {
  /** OData filter. */
  readonly filter: string;
  /** The columns to read; all of them if left out. */
  readonly columns?: string[];
  /** The most rows of a page; 1,000 if left out, which is also the most that storage returns. */
  readonly pageRows?: number;
  /** The `rest` of an earlier reading of exactly the same filter; if left out, reading starts at the first row. */
  readonly from?: string;
  /** The most rows that are taken without letting other work of the process run; a whole page if left out. */
  readonly sliceRows?: number;
  /** Asked before each page; false ends the reading there. Several readings can share it to limit their pages. */
  readonly mayRead?: () => boolean;
}

/** Where a reading ended. */
export interface PagesEnd {
  /** Where the next reading continues, `''` for the first row; null: every row was read. */
  readonly rest: string | null;
  /** Why the last page could not be read, if that ended the reading. */
  readonly fault: string | null;
  /** Storage rejected the position `from`: read again from the first row. */
  readonly isRefused?: true;
}

/**
 * Reads rows page by page and keeps none of them: `take` gets each row once, a page or a slice of it at a
 * time. A failed page is read again until
 * `deadline`.
 * @throws BrokerError what `table.unavailable` makes, if reading again cannot help; and what `take` throws.
 */
export async function readPages(
  table: ReadableTable,
  {
    filter,
    columns,
    pageRows = PAGE_ROWS,
    sliceRows = pageRows,
    from = '',
    mayRead = () => true,
  }: PagesQuery,
  deadline: Date,
  take: (rows: readonly ReadRow[]) => void,
): Promise<PagesEnd> {
  const { clock, unavailable, turns } = table;
  const leftMs = (): number => deadline.getTime() - clock().getTime();
  const query = { pageRows, queryOptions: { filter, ...(columns && { select: columns }) } };
  let end: PagesEnd = { rest: from, fault: null };
  for (let faults = 0; end.rest !== null && deadline > clock() && mayRead();) {
    const { rest } = end;
    const readNext = async (): Promise<Result<Page, PageFault> | null> => {
      if (leftMs() <= 0) return null;
      const tried = await tryPage(table, query, rest, Math.min(leftMs(), PAGE_LIMIT_MS));
      if (tried.ok) await takeInSlices(tried.value.rows, sliceRows, take);
      return tried;
    };
    const page = await (turns === undefined ? readNext() : turns.run(readNext));
    // Its turn came after the deadline.
    if (page === null) break;
    if (page.ok) {
      end = { rest: page.value.rest, fault: null };
      faults = 0;
    } else {
      const { reason, message } = page.fault;
      end = { rest: end.rest, fault: message };
      // A position that storage itself returned during this reading is valid, so the fault lies elsewhere.
      if (reason === 'refused' && end.rest === from && from !== '') return { ...end, isRefused: true };
      if (reason === 'refused') throw unavailable(message);
      await pause(Math.min(Math.max(0, leftMs()), FIRST_PAUSE_MS * 2 ** faults, LONGEST_PAUSE_MS));
      faults += 1;
    }
  }
  return end;
}

async function takeInSlices(
  rows: readonly ReadRow[],
  sliceRows: number,
  take: (rows: readonly ReadRow[]) => void,
): Promise<void> {
  for (let from = 0; from === 0 || from < rows.length; from += sliceRows) {
    if (from > 0) await nextTurn();
    take(rows.slice(from, from + sliceRows));
  }
}

/** What a scan found by its deadline. `fault`: why the last page could not be read, if that ended the scan. */
export interface Scan {
  readonly rows: readonly ReadRow[];
  readonly complete: boolean;
  readonly fault: string | null;
}

/**
 * Reads every row that matches, page by page; a failed page is read again until `deadline`.
 * @throws BrokerError as `readPages`.
 */
export async function scanRows(
  table: ReadableTable,
  query: Omit<PagesQuery, 'from'>,
  deadline: Date,
): Promise<Scan> {
  const rows: ReadRow[] = [];
  const { rest, fault } = await readPages(table, query, deadline, (page) => {
    for (const row of page) rows.push(row);
  });
  return { rows, complete: rest === null, fault };
}
