import type { TableClient } from '@azure/data-tables';
import type { ReadRow, TableRow } from './columns.ts';
import { isRowAbsent } from './faults.ts';
import type { RowTransport } from './row-transport.ts';
import { rowInserter, rowText } from './table-inserts.ts';

/** Returns the transport that group commit writes to a table with. */
export function tableTransport(client: TableClient): RowTransport<TableRow> {
  const insertRows = rowInserter(client);
  /** A row is measured before it is sent, so its text is kept until then. */
  const texts = new WeakMap<TableRow, string>();
  const textOf = (row: TableRow): string => {
    const known = texts.get(row);
    if (known !== undefined) return known;
    const text = rowText(row);
    texts.set(row, text);
    return text;
  };
  return {
    insert: (rows, signal) => insertRows(rows.map(textOf), signal),
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
    bytesOf: (row) => Buffer.byteLength(textOf(row)),
  };
}
