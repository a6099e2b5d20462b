import type { TableClient } from '@azure/data-tables';
import { withTimeout } from '../azure-calls/timeout.ts';
import type { BrokerError } from '../broker-error.ts';
import { fail, ok, type Rejection, type Result } from '../result.ts';
import type { ReadRow } from './columns.ts';
import { describeTableFault, tableFaultOf } from './faults.ts';
import { undecodedRows } from './table-undecoded-rows.ts';

/** One page of rows. */
export interface Page {
  readonly rows: readonly ReadRow[];
  readonly rest: string | null;
}

/** What a page is asked for with. */
interface PageRequest {
  readonly queryOptions: { filter: string; select?: string[] };
  readonly pageRows: number;
}

/** A table to read a page from. */
interface PagedTable {
  readonly client: TableClient;
  /** Makes the error for a table that cannot be read; the reason is for the log. */
  readonly unavailable: (reason: string) => BrokerError;
}

/** `refused`: storage rejected this request, so trying again cannot help; `failed`: another try may succeed. */
export type PageFault = Rejection<'refused' | 'failed'>;

/**
 * Reads one page.
 * @throws BrokerError what `unavailable` makes, if no page can be read at all.
 */
export async function tryPage(
  { client, unavailable }: PagedTable,
  query: PageRequest,
  from: string,
  timeoutMs: number,
): Promise<Result<Page, PageFault>> {
  try {
    return ok(await withTimeout(timeoutMs, (signal) => readPage(client, query, from, signal)));
  } catch (error) {
    const message = describeTableFault(error);
    const fault = tableFaultOf(error);
    if (fault === 'unusable') throw unavailable(message);
    // The SDK parses a position as JSON before it sends anything.
    const isRefused = fault === 'refused' || error instanceof SyntaxError;
    return fail({ reason: isRefused ? 'refused' : 'failed', message });
  }
}

async function readPage(
  client: TableClient,
  { queryOptions, pageRows }: PageRequest,
  continuationToken: string,
  abortSignal: AbortSignal,
): Promise<Page> {
  const { requestOptions, rows } = undecodedRows();
  const pages = client
    .listEntities<ReadRow>({ queryOptions, abortSignal, requestOptions })
    .byPage({ maxPageSize: pageRows, ...(continuationToken === '' ? {} : { continuationToken }) });
  for await (const page of pages) {
    const { continuationToken: next } = page as { continuationToken?: string };
    return { rows: rows() ?? page, rest: next ?? null };
  }
  return { rows: [], rest: null };
}
