import type { TableClient } from '@azure/data-tables';
import { tableNotRead } from './audit-unavailable.ts';
import type { RowTransport } from './row-transport.ts';
import { describeTableFault, isRowAbsent, tableFaultOf } from './table-faults.ts';
import type { ReadRow, TableRow } from './table-row.ts';
import { pause, within } from './time-limit.ts';

const PAGE_ROWS = 1000;
/** A query answers after at most 5 s of looking, with what it has and where to go on. */
const PAGE_LIMIT_MS = 10_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 800;

/** Group commit's way to a table. */
export function tableRows(client: TableClient): RowTransport<TableRow> {
  return {
    async insert(rows, abortSignal) {
      const [first] = rows;
      if (rows.length === 1 && first !== undefined) await client.createEntity(first, { abortSignal });
      else await insertTogether(client, rows, abortSignal);
    },
    async requestIdOf({ partitionKey, rowKey }, abortSignal) {
      try {
        const queryOptions = { select: ['requestId'] };
        const row = await client.getEntity<ReadRow>(partitionKey, rowKey, { queryOptions, abortSignal });
        return typeof row['requestId'] === 'string' ? row['requestId'] : '';
      } catch (error) {
        if (isRowAbsent(error)) return null;
        throw error;
      }
    },
    bytesOf: (row) => Buffer.byteLength(JSON.stringify(row)),
  };
}

async function insertTogether(
  client: TableClient,
  rows: readonly TableRow[],
  abortSignal: AbortSignal,
): Promise<void> {
  const { subResponses } = await client.submitTransaction(
    rows.map((row) => ['create', row]),
    { abortSignal },
  );
  // The SDK reads the reply leniently: a reply cut short, or a part it has no words for, would pass as success.
  const written = subResponses.filter(({ status }) => status === 201 || status === 204).length;
  if (written !== rows.length || subResponses.length !== rows.length)
    throw new Error('The reply does not cover every row of the transaction');
}

/** What a scan found by its deadline. `fault` is the last read's, where that ended it. */
export interface Scan {
  readonly rows: readonly ReadRow[];
  readonly complete: boolean;
  readonly fault: string | null;
}

/**
 * All rows that `filter` matches, page by page; a failed page is read again until `deadline`.
 * @param columns the only ones that are read; all, if left out.
 * @throws BrokerError `audit_unavailable` where reading again cannot help.
 */
export async function scanRows(
  client: TableClient,
  filter: string,
  deadline: Date,
  now: () => Date,
  columns?: string[],
): Promise<Scan> {
  const queryOptions = { filter, ...(columns && { select: columns }) };
  const rows: ReadRow[] = [];
  let fault: string | null = null;
  let continuationToken: string | undefined;
  for (let faults = 0; deadline > now();) {
    const left = deadline.getTime() - now().getTime();
    try {
      const page = await within(Math.min(left, PAGE_LIMIT_MS), (abortSignal) =>
        readPage(client, queryOptions, continuationToken, abortSignal),
      );
      rows.push(...page.rows);
      if (page.continuationToken === undefined) return { rows, complete: true, fault: null };
      continuationToken = page.continuationToken;
      [fault, faults] = [null, 0];
    } catch (error) {
      fault = describeTableFault(error);
      if (['refused', 'unusable'].includes(tableFaultOf(error))) throw tableNotRead(fault);
      await pause(Math.min(left, FIRST_PAUSE_MS * 2 ** faults, LONGEST_PAUSE_MS));
      faults += 1;
    }
  }
  return { rows, complete: false, fault };
}

async function readPage(
  client: TableClient,
  queryOptions: { filter: string; select?: string[] },
  continuationToken: string | undefined,
  abortSignal: AbortSignal,
): Promise<{ readonly rows: readonly ReadRow[]; readonly continuationToken: string | undefined }> {
  const pages = client
    .listEntities<ReadRow>({ queryOptions, abortSignal })
    .byPage({ maxPageSize: PAGE_ROWS, ...(continuationToken === undefined ? {} : { continuationToken }) });
  for await (const page of pages)
    return { rows: page, continuationToken: (page as { continuationToken?: string }).continuationToken };
  return { rows: [], continuationToken: undefined };
}
