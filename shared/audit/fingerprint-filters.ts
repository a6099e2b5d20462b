import { hourOf } from '../iso-time.ts';
import { SHARDS, partitionKey, startOfHour } from './row-keys.ts';

/** Above this, one scan a shard asks less of the table than one seek an hour. */
const MOST_SEEKS_A_SHARD = 200;
const HOUR_MS = 3_600_000;
const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);

/**
 * OData filters that together match every row of a fingerprint once, add-ons included: all hours, or those from
 * `from` to `to`, inclusive. Shards beyond today's are always covered (their ranges are empty, so cheap).
 * @throws RangeError for an hour that is none.
 */
export function fingerprintFilters(
  fingerprint: string,
  hours: { readonly from: string; readonly to: string } | null,
): string[] {
  // "." is the character after "-".
  const rows = `RowKey ge '${fingerprint}-' and RowKey lt '${fingerprint}.'`;
  const partitions =
    hours === null
      ? DIGITS.map((digit) => partitionRange(`t-${digit}`, `t-${after(digit)}`))
      : [...knownShards(hours.from, hours.to), ...otherShards()];
  return partitions.map((filter) => `${filter} and ${rows}`);
}

function knownShards(from: string, to: string): string[] {
  const first = startOfHour(from)?.getTime();
  const last = startOfHour(to)?.getTime();
  if (first === undefined || last === undefined) throw new RangeError('Hours are yyyymmddhh');
  const count = Math.max(0, (last - first) / HOUR_MS + 1);
  const shards = DIGITS.slice(0, SHARDS);
  if (count > MOST_SEEKS_A_SHARD)
    return shards.map(
      (shard) => `PartitionKey ge 't-${shard}-${from}' and PartitionKey le 't-${shard}-${to}'`,
    );
  const hours = Array.from({ length: count }, (_, index) => hourOf(new Date(first + index * HOUR_MS)));
  return shards.flatMap((shard) => hours.map((hour) => `PartitionKey eq '${partitionKey({ shard, hour })}'`));
}

/** Single digits past today's shards, then every number of two digits or more by its first ("-" sorts before "0"). */
function otherShards(): string[] {
  const longer = DIGITS.slice(1).map((digit) => partitionRange(`t-${digit}0`, `t-${digit}:`));
  const single = DIGITS.slice(SHARDS).map((digit) => partitionRange(`t-${digit}-`, `t-${digit}.`));
  return [...single, ...longer];
}

/** ":" is the character after "9". */
const after = (digit: number): string => (digit === 9 ? ':' : String(digit + 1));

const partitionRange = (from: string, before: string): string =>
  `PartitionKey ge '${from}' and PartitionKey lt '${before}'`;
