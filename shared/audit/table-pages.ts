import type { TableClient } from '@azure/data-tables';
import { tableNotRead } from './audit-unavailable.ts';
import { describeTableFault, tableFaultOf } from './table-faults.ts';
import type { ReadRow } from './table-row.ts';
import { pause, within } from './time-limit.ts';

const PAGE_ROWS = 1000;
/** A query answers after at most 5 s of looking, with what it has and where to go on. */
const PAGE_LIMIT_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 800;

/** Rows to read. */
export interface PagesQuery {
  readonly filter: string;
  /** The only ones that are read; all, if left out. */
  readonly columns?: string[];
  /** The `rest` of an earlier reading of the very same filter; from the first row, if left out. */
  readonly from?: string;
}

/** Where a reading ended. `fault` is the last page's, where that ended it. */
export interface PagesEnd {
  /** Where another one goes on, `''` for the first row; null: every row was read. */
  readonly rest: string | null;
  readonly fault: string | null;
  /** Storage does not take `from`: every row is to be read from the first one. */
  readonly isRefused?: true;
}

/**
 * Reads rows page by page and keeps none: `take` gets each page once. A failed page is read again until `deadline`.
 * @throws BrokerError `audit_unavailable` where reading again cannot help; and what `take` throws.
 */
export async function readPages(
  client: TableClient,
  { filter, columns, from = '' }: PagesQuery,
  { deadline, now }: { readonly deadline: Date; readonly now: () => Date },
  take: (rows: readonly ReadRow[]) => void,
): Promise<PagesEnd> {
  const queryOptions = { filter, ...(columns && { select: columns }) };
  let end: PagesEnd = { rest: from, fault: null };
  for (let faults = 0; end.rest !== null && deadline > now();) {
    const left = deadline.getTime() - now().getTime();
    const page = await pageOrFault(client, queryOptions, end.rest, Math.min(left, PAGE_LIMIT_MS));
    if ('fault' in page) {
      end = { rest: end.rest, fault: page.fault };
      // Where storage itself said to go on, it is not the position that is wrong.
      if (page.isRefused && end.rest === from && from !== '') return { ...end, isRefused: true };
      if (page.isRefused) throw tableNotRead(page.fault);
      await pause(Math.min(left, FIRST_PAUSE_MS * 2 ** faults, LONGEST_PAUSE_MS));
      faults += 1;
    } else {
      take(page.rows);
      [end, faults] = [{ rest: page.rest, fault: null }, 0];
    }
  }
  return end;
}

interface Page {
  readonly rows: readonly ReadRow[];
  readonly rest: string | null;
}

interface PageFault {
  readonly fault: string;
  /** Of this page alone; otherwise another try may pass. */
  readonly isRefused: boolean;
}

/** @throws BrokerError `audit_unavailable` where no page can be had. */
async function pageOrFault(
  client: TableClient,
  queryOptions: { filter: string; select?: string[] },
  from: string,
  milliseconds: number,
): Promise<Page | PageFault> {
  try {
    return await within(milliseconds, (signal) => readPage(client, queryOptions, from, signal));
  } catch (error) {
    const fault = describeTableFault(error);
    const kind = tableFaultOf(error);
    if (kind === 'unusable') throw tableNotRead(fault);
    // The SDK reads a position as JSON before it sends anything.
    return { fault, isRefused: kind === 'refused' || error instanceof SyntaxError };
  }
}

async function readPage(
  client: TableClient,
  queryOptions: { filter: string; select?: string[] },
  continuationToken: string,
  abortSignal: AbortSignal,
): Promise<Page> {
  const pages = client
    .listEntities<ReadRow>({ queryOptions, abortSignal })
    .byPage({ maxPageSize: PAGE_ROWS, ...(continuationToken === '' ? {} : { continuationToken }) });
  for await (const page of pages) {
    const { continuationToken: next } = page as { continuationToken?: string };
    return { rows: page, rest: next ?? null };
  }
  return { rows: [], rest: null };
}
