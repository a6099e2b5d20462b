import { tokenPartitions, tokenPartitionsBetween } from './shard-ranges.ts';

/**
 * Returns OData filters that together match every row of a fingerprint once, add-on rows included, for all hours or
 * for those from `from` to `to`, both inclusive.
 * @throws RangeError for a text that is not a `yyyymmddhh` hour.
 */
export function fingerprintFilters(
  fingerprint: string,
  hours: { readonly from: string; readonly to: string } | null,
): string[] {
  // "." is the character after "-".
  const rows = `RowKey ge '${fingerprint}-' and RowKey lt '${fingerprint}.'`;
  const partitions = hours === null ? tokenPartitions() : tokenPartitionsBetween(hours.from, hours.to);
  return partitions.map((filter) => `${filter} and ${rows}`);
}
