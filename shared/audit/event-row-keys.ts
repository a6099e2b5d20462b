import { hourOf } from '../iso-time.ts';
import type { TableRow } from '../tables/columns.ts';
import { denialPartitions, laterDenialPartitions } from './shard-ranges.ts';

type EventRowKeys = Pick<TableRow, 'partitionKey' | 'rowKey'>;

const ROW_KEY = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z(?:-[a-z2-7]{8})?$/;

/** Returns the keys of an administrative event: `e-<yyyymmdd>`, `<time>-<suffix>`. */
export function eventRowKeys(at: Date, suffix: string): EventRowKeys {
  return { partitionKey: `e-${dayOf(at)}`, rowKey: `${timeKey(at)}-${suffix}` };
}

/** Returns the keys of a denial: `d-<shard>-<yyyymmddhh>`, `<time>-<suffix>`. */
export function denialRowKeys(
  at: Date,
  { shard, suffix }: { readonly shard: number; readonly suffix: string },
): EventRowKeys {
  return { partitionKey: `d-${shard}-${hourOf(at)}`, rowKey: `${timeKey(at)}-${suffix}` };
}

/** Returns true for a partition of denials, and false for one of administrative events. */
export function isDenialPartition(partitionKey: string): boolean {
  return partitionKey.startsWith('d-');
}

/** Row keys from the instant `from`, inclusive, to the row key `before`, exclusive. */
export interface Window {
  readonly from: Date;
  readonly before: string;
}

/** Returns an OData filter that matches every administrative event of a window. */
export function eventRange(window: Window): string {
  const { from, to } = boundsOf(window);
  return `PartitionKey ge 'e-${dayOf(from)}' and PartitionKey le 'e-${dayOf(to)}' and ${rowKeyRange(window)}`;
}

/** Returns OData filters, one per shard, that together match every denial of a window. */
export function denialRanges(window: Window): string[] {
  const { from, to } = boundsOf(window);
  return denialPartitions(hourOf(from), hourOf(to)).map(
    (partitions) => `${partitions} and ${rowKeyRange(window)}`,
  );
}

/** Returns OData filters that match the denials of a window in shards that may come, of a version that runs at the same time. */
export function laterDenialRanges(window: Window): string[] {
  const { from, to } = boundsOf(window);
  return laterDenialPartitions(hourOf(from), hourOf(to)).map(
    (partitions) => `${partitions} and ${rowKeyRange(window)}`,
  );
}

/** Returns the start of the row keys of events at an instant, `20261122T150000123Z`. They sort by time. */
export function timeKey(at: Date): string {
  return at.toISOString().replace(/[-:.]/g, '');
}

/** Returns the instant at the start of a row key or of a `timeKey`; null for any other text. */
export function timeOfKey(key: string): Date | null {
  const [, year, month, day, hour, minute, second, milliseconds] = ROW_KEY.exec(key) ?? [];
  const instant = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`);
  // V8 reads 30 February as 2 March, so the text must come back unchanged.
  return Number.isNaN(instant.getTime()) || !key.startsWith(timeKey(instant)) ? null : instant;
}

function boundsOf({ from, before }: Window): { readonly from: Date; readonly to: Date } {
  return { from, to: timeOfKey(before) ?? from };
}

function rowKeyRange({ from, before }: Window): string {
  return `RowKey ge '${timeKey(from)}' and RowKey lt '${before}'`;
}

const dayOf = (at: Date): string => hourOf(at).slice(0, 8);
