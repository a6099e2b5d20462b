import type { TableClient } from '@azure/data-tables';
import type { RowTransport } from './row-transport.ts';
import { isRowAbsent } from './table-faults.ts';
import { readPages } from './table-pages.ts';
import type { ReadRow, TableRow } from './table-row.ts';

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
  const rows: ReadRow[] = [];
  const query = { filter, ...(columns && { columns }) };
  const { rest, fault } = await readPages(client, query, { deadline, now }, (page) => rows.push(...page));
  return { rows, complete: rest === null, fault };
}
