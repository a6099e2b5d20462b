import type { TableClient } from '@azure/data-tables';
import type { ReadRow, TableRow } from './columns.ts';
import { isRowAbsent } from './faults.ts';
import type { RowTransport } from './row-transport.ts';

/** Returns the transport that group commit writes to a table with. */
export function tableTransport(client: TableClient): RowTransport<TableRow> {
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
  // The SDK parses the reply leniently: a truncated reply, or a part that it does not know, would count as success.
  const written = subResponses.filter(({ status }) => status === 201 || status === 204).length;
  if (written !== rows.length || subResponses.length !== rows.length)
    throw new Error('The reply does not cover every row of the transaction');
}
