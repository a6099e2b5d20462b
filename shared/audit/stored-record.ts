import { formatInstant } from '../iso-time.ts';
import type { Completion, RowKeys, StoredAuditRecord } from './audit-record.ts';
import { auditRecordOf } from './audit-row.ts';
import { partitionKey, rowKey } from './row-keys.ts';
import {
  columnOf,
  instantOf,
  optional,
  withoutNulls,
  type ReadRow,
  type TableRow,
} from '../tables/columns.ts';

/**
 * Rows that say more of a record stand beside it, since nothing in the table changes: `<RowKey>~completed`
 * (outcome, at, detail) and `<RowKey>~revoked` (at). A later add-on of another name is passed over.
 */
export const ADD_ONS = { completed: '~completed', revoked: '~revoked' } as const;

/** The row of a completion, beside its record's. */
export function completionRow(key: RowKeys, completion: Completion, requestId: string): TableRow {
  return withoutNulls({
    partitionKey: partitionKey(key),
    rowKey: `${rowKey(key)}${ADD_ONS.completed}`,
    requestId,
    outcome: completion.outcome,
    at: formatInstant(completion.at),
    detail: completion.detail,
  });
}

/**
 * Joins rows with their add-ons: the records, oldest issuance first. An add-on without its record is passed over:
 * the row may stand on another page.
 * @throws BrokerError `internal` for a row that is not the audit log's.
 */
export function storedRecords(rows: Iterable<ReadRow>): StoredAuditRecord[] {
  const byKey = new Map<string, ReadRow>();
  for (const row of rows) byKey.set(`${columnOf(row, 'partitionKey')} ${columnOf(row, 'rowKey')}`, row);
  return [...byKey]
    .filter(([key]) => !key.includes('~'))
    .map(([key, row]) => ({ ...auditRecordOf(row), ...additions(byKey, key) }))
    .sort((one, other) => one.issuedAt.getTime() - other.issuedAt.getTime());
}

function additions(
  byKey: ReadonlyMap<string, ReadRow>,
  key: string,
): Pick<StoredAuditRecord, 'revokedAt' | 'completion'> {
  const revoked = byKey.get(`${key}${ADD_ONS.revoked}`);
  const completed = byKey.get(`${key}${ADD_ONS.completed}`);
  return {
    revokedAt: revoked === undefined ? null : instantOf(revoked, 'at'),
    completion: completed === undefined ? null : completionOf(completed),
  };
}

function completionOf(row: ReadRow): StoredAuditRecord['completion'] {
  return { outcome: columnOf(row, 'outcome'), at: instantOf(row, 'at'), detail: optional(row, 'detail') };
}
