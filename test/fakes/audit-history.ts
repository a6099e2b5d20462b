import { auditRow } from '../../shared/audit/audit-row.ts';
import { SHARDS } from '../../shared/audit/row-keys.ts';
import { formatInstant, hourOf } from '../../shared/iso-time.ts';
import { someRecord } from '../unit/audit/records.ts';
import type { SortedRows } from './sorted-table.ts';

/** Rows of one shard that expired in one hour. */
const HISTORY_ROWS_PER_HOUR = 14;
const HOUR_MS = 3_600_000;
const SUFFIX = 'aaaaaaaa';
const STEP = Math.floor(2 ** 52 / HISTORY_ROWS_PER_HOUR);

/**
 * Returns rows of tokens that expired in the hours before `now`'s, the same number in each hour and shard. A longer history
 * reaches further back. No row exists in memory: each is made when it is read.
 * @param least how many rows there are at least.
 */
export function auditHistory(least: number, now: Date): SortedRows {
  const hourCount = Math.ceil(least / (SHARDS * HISTORY_ROWS_PER_HOUR));
  const end = Math.floor(now.getTime() / HOUR_MS);
  const startOf = (hour: number): Date => new Date((end - hourCount + hour) * HOUR_MS);
  const partsOf = (index: number) => {
    const partition = Math.floor(index / HISTORY_ROWS_PER_HOUR);
    return {
      shard: Math.floor(partition / hourCount),
      start: startOf(partition % hourCount),
    };
  };
  const rowKeys = Array.from({ length: HISTORY_ROWS_PER_HOUR }, (_, number) => rowKeyOf(number));
  // Rows are mostly read in their order, so a partition's key is made once.
  let partition = { index: -1, key: '' };
  const partitionKeyAt = (index: number): string => {
    const found = Math.floor(index / HISTORY_ROWS_PER_HOUR);
    if (found === partition.index) return partition.key;
    const { shard, start } = partsOf(index);
    partition = { index: found, key: `t-${shard}-${hourOf(start)}` };
    return partition.key;
  };
  const keysAt = (index: number) => ({
    partitionKey: partitionKeyAt(index),
    rowKey: rowKeys[index % HISTORY_ROWS_PER_HOUR] ?? '',
  });
  const sample = auditRow(someRecord(), 'history');
  return {
    length: SHARDS * hourCount * HISTORY_ROWS_PER_HOUR,
    keysAt,
    rowAt: (index) => ({ ...sample, ...keysAt(index), ...timesOf(partsOf(index).start) }),
  };
}

function rowKeyOf(number: number): string {
  const fingerprint = (number * STEP).toString(16).padStart(13, '0').padEnd(64, '5');
  return `${fingerprint}-${SUFFIX}`;
}

/** Returns the times of a token that was issued 15 minutes before it expired, in the middle of the hour. */
function timesOf(start: Date): { readonly issuedAt: string; readonly expiresAt: string } {
  const expiresAt = new Date(start.getTime() + HOUR_MS / 2);
  return {
    issuedAt: formatInstant(new Date(expiresAt.getTime() - HOUR_MS / 4)),
    expiresAt: formatInstant(expiresAt),
  };
}
