import { formatInstant } from '../iso-time.ts';
import {
  columnOf,
  instantOf,
  omitNulls,
  optionalColumnOf,
  type ReadRow,
  type TableRow,
} from '../tables/columns.ts';
import type { Completion, RowKeys, StoredAuditRecord } from './audit-record.ts';
import { auditRecordOf } from './audit-row.ts';
import { optionalKeptText } from './kept-text.ts';
import { partitionKey, rowKey } from './row-keys.ts';

/**
 * Suffix of the add-on row of a completion. Rows never change, so a later addition to a record is a separate row in the
 * same partition: `<RowKey>~completed` (outcome, at, detail). Readers ignore other add-ons.
 */
const COMPLETED = '~completed';

const MAX_DETAIL_CHARACTERS = 1024;

/** Returns the add-on row of a completion. */
export function completionRow(key: RowKeys, completion: Completion, requestId: string): TableRow {
  return omitNulls({
    partitionKey: partitionKey(key),
    rowKey: `${rowKey(key)}${COMPLETED}`,
    requestId,
    outcome: completion.outcome,
    at: formatInstant(completion.at),
    detail: optionalKeptText(completion.detail, MAX_DETAIL_CHARACTERS),
  });
}

/**
 * Reads records from their rows and add-on rows.
 * @returns the records, oldest issuance first. An add-on row without its record's row is ignored.
 * @throws BrokerError `internal` for a malformed row.
 */
export function readStoredRecords(rows: Iterable<ReadRow>): StoredAuditRecord[] {
  const byKey = new Map<string, ReadRow>();
  for (const row of rows) byKey.set(`${columnOf(row, 'partitionKey')} ${columnOf(row, 'rowKey')}`, row);
  return [...byKey]
    .filter(([key]) => !key.includes('~'))
    .map(([key, row]) => ({
      ...auditRecordOf(row),
      completion: completionOf(byKey.get(`${key}${COMPLETED}`)),
    }))
    .sort((a, b) => a.issuedAt.getTime() - b.issuedAt.getTime());
}

function completionOf(row: ReadRow | undefined): Completion | null {
  if (row === undefined) return null;
  return {
    outcome: columnOf(row, 'outcome'),
    at: instantOf(row, 'at'),
    detail: optionalColumnOf(row, 'detail'),
  };
}
