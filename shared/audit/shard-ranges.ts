import { hourOf } from '../iso-time.ts';
import { partitionKey, SHARDS, startOfHour } from './row-keys.ts';

/*
 * OData filters for the partitions of the audit table: `t-<shard>-<hour>` holds tokens, `d-<shard>-<hour>` denials. The
 * number of shards may grow with a later version while this one still runs, so ranges of tokens also cover the shards
 * that may come; their partitions are empty today, so reading them is cheap.
 */

/** Above this number of hours, one scan per shard costs the table less than one seek per hour. */
const MAX_SEEKS_PER_SHARD = 200;
const HOUR_MS = 3_600_000;
const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);

/** Returns filters that together match every token partition exactly once. */
export function tokenPartitions(): string[] {
  return DIGITS.map((digit) => partitionRange(`t-${digit}`, `t-${after(digit)}`));
}

/** Returns filters that match the partitions of every token that expires in the hour of `from` or later. */
export function tokenPartitionsSince(from: Date): string[] {
  const single = DIGITS.map((digit) => partitionRange(`t-${digit}-${hourOf(from)}`, `t-${digit}.`));
  return [...single, ...twoDigitShards()];
}

/**
 * Returns filters that match the partitions of every token that expires from hour `from` to hour `to`, both inclusive.
 * Shards beyond today's are matched for all hours.
 * @throws RangeError for a text that is not a `yyyymmddhh` hour.
 */
export function tokenPartitionsBetween(from: string, to: string): string[] {
  const first = startOfHour(from)?.getTime();
  const last = startOfHour(to)?.getTime();
  if (first === undefined || last === undefined) throw new RangeError('Hours are yyyymmddhh');
  const count = Math.max(0, (last - first) / HOUR_MS + 1);
  const hours = Array.from({ length: count }, (_, index) => hourOf(new Date(first + index * HOUR_MS)));
  const known = DIGITS.slice(0, SHARDS).flatMap((shard) =>
    count > MAX_SEEKS_PER_SHARD
      ? [`PartitionKey ge 't-${shard}-${from}' and PartitionKey le 't-${shard}-${to}'`]
      : hours.map((hour) => `PartitionKey eq '${partitionKey({ shard, hour })}'`),
  );
  const single = DIGITS.slice(SHARDS).map((digit) => partitionRange(`t-${digit}-`, `t-${digit}.`));
  return [...known, ...single, ...twoDigitShards()];
}

/** Returns one filter per shard for the denials from hour `from` to hour `to` (`yyyymmddhh`), both inclusive. */
export function denialPartitions(from: string, to: string): string[] {
  return DIGITS.slice(0, SHARDS).map((shard) => denialHours(shard, from, to));
}

/** Returns filters for the same hours of shards that may come; those of two digits are matched for all hours. */
export function laterDenialPartitions(from: string, to: string): string[] {
  return [...DIGITS.slice(SHARDS).map((shard) => denialHours(shard, from, to)), ...twoDigitShards('d')];
}

const denialHours = (shard: number, from: string, to: string): string =>
  `PartitionKey ge 'd-${shard}-${from}' and PartitionKey le 'd-${shard}-${to}'`;

/** Shards of two digits or more, by their first digit, for all hours: "-" sorts before "0", and ":" after "9". */
function twoDigitShards(rows: 't' | 'd' = 't'): string[] {
  return DIGITS.slice(1).map((digit) => partitionRange(`${rows}-${digit}0`, `${rows}-${digit}:`));
}

/** ":" is the character after "9". */
const after = (digit: number): string => (digit === 9 ? ':' : String(digit + 1));

const partitionRange = (from: string, before: string): string =>
  `PartitionKey ge '${from}' and PartitionKey lt '${before}'`;
