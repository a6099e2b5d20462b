import { formatInstant } from '../iso-time.ts';
import { quote } from '../tables/odata.ts';
import { tokenPartitionsSince } from './shard-ranges.ts';

/** Which tokens count as live. */
export interface LiveRowsQuery {
  /** Null: tokens of every account. */
  readonly account: string | null;
  /** Tokens match that expire after it. */
  readonly expiresAfter: Date;
  /** Only tokens issued at this instant or later; null: all. */
  readonly issuedSince?: Date | null;
  /** Further OData conditions, all of which must hold. */
  readonly conditions?: readonly string[];
}

/**
 * Returns OData filters that together match the rows of live tokens, each once. Add-on rows have neither an account nor
 * an expiry, so they do not match.
 */
export function liveRowFilters(query: LiveRowsQuery): string[] {
  const { account, expiresAfter, issuedSince = null, conditions = [] } = query;
  const rows = [
    ...(account === null ? [] : [`account eq ${quote(account)}`]),
    ...conditions,
    `expiresAt gt ${quote(formatInstant(expiresAfter))}`,
    // Rows hold whole seconds, rounded down, as formatInstant does.
    ...(issuedSince === null ? [] : [`issuedAt ge ${quote(formatInstant(issuedSince))}`]),
  ].join(' and ');
  return tokenPartitionsSince(expiresAfter).map((partitions) => `${partitions} and ${rows}`);
}
