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
 * Suffixes of add-on rows. Rows never change, so later additions to a record are separate rows in the same partition:
 * `<RowKey>~completed` (outcome, at, detail) and `<RowKey>~revoked` (at). Readers ignore other add-ons.
 */
const ADD_ONS = { completed: '~completed', revoked: '~revoked' } as const;

const MAX_DETAIL_CHARACTERS = 1024;

/** Returns the add-on row of a completion. */
export function completionRow(key: RowKeys, completion: Completion, requestId: string): TableRow {
  return omitNulls({
    partitionKey: partitionKey(key),
    rowKey: `${rowKey(key)}${ADD_ONS.completed}`,
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
    .map(([key, row]) => ({ ...auditRecordOf(row), ...readAddOns(byKey, key) }))
    .sort((a, b) => a.issuedAt.getTime() - b.issuedAt.getTime());
}

function readAddOns(
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
  return {
    outcome: columnOf(row, 'outcome'),
    at: instantOf(row, 'at'),
    detail: optionalColumnOf(row, 'detail'),
  };
}
