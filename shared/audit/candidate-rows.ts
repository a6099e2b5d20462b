import { quote } from '../tables/odata.ts';
import type { AuditRecord } from './audit-record.ts';
import { partitionKey } from './row-keys.ts';
import { tokenPartitions, tokenPartitionsBetween } from './shard-ranges.ts';

/** Where to look for tokens that something is known of, and what it is. */
export interface CandidateQuery {
  /** Hours of expiry, both inclusive, `yyyymmddhh`; null: all. */
  readonly hours: { readonly from: string; readonly to: string } | null;
  /** The only shard to read, together with one hour; null: all. */
  readonly shard: number | null;
  /** What columns of the row must be. */
  readonly columns: Readonly<Record<string, string>>;
  /** Decides what the table cannot. */
  readonly fits: (record: AuditRecord) => boolean;
  readonly limit: number;
}

/** The issuances that were found. `scannedAll` is false if `deadline` or `limit` ended the search early. */
export interface FoundCandidates {
  readonly records: readonly AuditRecord[];
  readonly scannedAll: boolean;
}

/** Finds issuances by their content instead of their signature. */
export interface CandidateRows {
  /**
   * Returns at most `limit` issuances that match, in no order.
   * @throws BrokerError `audit_unavailable` if nothing could be read.
   */
  find(query: CandidateQuery, deadline: Date): Promise<FoundCandidates>;
}

/** Returns OData filters that together match each row of a query once. @throws RangeError for a text that is not an hour. */
export function candidateFilters({
  hours,
  shard,
  columns,
}: Pick<CandidateQuery, 'hours' | 'shard' | 'columns'>): string[] {
  const conditions = Object.entries(columns).map(([name, value]) => `${name} eq ${quote(value)}`);
  return partitionsOf(hours, shard).map((partitions) => [partitions, ...conditions].join(' and '));
}

function partitionsOf(hours: CandidateQuery['hours'], shard: number | null): string[] {
  if (hours === null) return tokenPartitions();
  if (shard !== null && hours.from === hours.to)
    return [`PartitionKey eq '${partitionKey({ shard, hour: hours.from })}'`];
  return tokenPartitionsBetween(hours.from, hours.to);
}
