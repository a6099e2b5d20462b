import { addSeconds, earlierOf, hourOf } from '../iso-time.ts';
import type { PartitionRange } from './audit-partitions.ts';
import { startOfHour } from './row-keys.ts';

/*
 * What retention may remove: whole partitions whose period ended at `PurgeLimits.before` or earlier. A partition of tokens
 * is an hour of expiry, so each of its tokens has been dead for at least the retention by then. Add-on rows of a token are
 * in its partition and go with it. Nothing here depends on the number of shards, which may grow.
 */

/** Administrative events are few, and explain what the other rows show. They are kept for at least this long. */
const LEAST_EVENT_SECONDS = 90 * 86_400;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

const PARTITION = /^(?:(t|d)-(0|[1-9]\d{0,2})-(\d{10})|e-(\d{8}))$/;
const SHARD = /^([td]-(?:0|[1-9]\d{0,2}))-/;

export type PartitionKind = 'tokens' | 'denials' | 'events';

/** A partition of the audit table: its rows belong to one whole period. */
export interface AuditPartition {
  readonly key: string;
  readonly kind: PartitionKind;
  readonly start: Date;
  /** Exclusive. */
  readonly end: Date;
}

/** Partitions whose end is not after these instants may be removed. */
export interface PurgeLimits {
  /** For tokens and denials. */
  readonly before: Date;
  readonly eventsBefore: Date;
}

/**
 * Returns what may be removed.
 * @param now the earlier of this host's clock and the table's: one clock that is ahead removes nothing too early.
 * @param neededSince rows from this instant on are needed, however old they are; null: none are.
 */
export function purgeLimits(now: Date, keptSeconds: number, neededSince: Date | null): PurgeLimits {
  const expired = addSeconds(now, -keptSeconds);
  const before = neededSince === null ? expired : earlierOf(expired, neededSince);
  return { before, eventsBefore: earlierOf(before, addSeconds(now, -LEAST_EVENT_SECONDS)) };
}

/** Reads a partition key; null for a key that this broker does not write, whose rows are never removed. */
export function parsePartition(key: string): AuditPartition | null {
  const [, letter, , hour, day] = PARTITION.exec(key) ?? [];
  const start = startOfHour(hour ?? `${day ?? ''}00`);
  if (start === null) return null;
  const seconds = day === undefined ? HOUR_SECONDS : DAY_SECONDS;
  const kind = letter === 't' ? 'tokens' : letter === 'd' ? 'denials' : 'events';
  return { key, kind, start, end: addSeconds(start, seconds) };
}

/** True if the whole partition is past its limit. */
export function isPurgeable({ kind, end }: AuditPartition, limits: PurgeLimits): boolean {
  return end <= (kind === 'events' ? limits.eventsBefore : limits.before);
}

/** Partition keys of one prefix, `t-<shard>-`, `d-<shard>-` or `e-`, which sort by time. */
export type Series = string;

/** The series of administrative events. */
export const EVENT_SERIES: Series = 'e-';

/** Ranges that hold every series of tokens and denials, whatever the number of shards. "." is the character after "-". */
export const SHARD_RANGES: readonly PartitionRange[] = [
  { after: 't-', before: 't.' },
  { after: 'd-', before: 'd.' },
];

/** Returns the series of a partition of tokens or denials, and the end of its keys; null for a key of another form. */
export function seriesOf(partitionKey: string): { readonly series: Series; readonly end: string } | null {
  const [, shard] = SHARD.exec(partitionKey) ?? [];
  return shard === undefined ? null : { series: `${shard}-`, end: `${shard}.` };
}

/**
 * Returns the keys of a series that may be removed. The range itself ends before the first hour or day that is not over
 * by the limit, so a live one is not even read.
 */
export function purgeableRange(series: Series, limits: PurgeLimits): PartitionRange {
  const isEvents = series === EVENT_SERIES;
  const limit = hourOf(isEvents ? limits.eventsBefore : limits.before);
  return { after: series, before: `${series}${isEvents ? limit.slice(0, 8) : limit}` };
}
