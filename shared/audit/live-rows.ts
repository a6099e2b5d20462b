import { formatInstant } from '../iso-time.ts';
import { quote } from '../tables/odata.ts';
import { tokenPartitionsSince } from './shard-ranges.ts';

/** Which tokens of an account count as live. */
export interface LiveRowsQuery {
  readonly account: string;
  /** Tokens match that expire after it. */
  readonly expiresAfter: Date;
  /** Only tokens issued at this instant or later; null: all. */
  readonly issuedSince?: Date | null;
  /** Further OData conditions, all of which must hold. */
  readonly conditions?: readonly string[];
}

/**
 * Returns OData filters that together match the rows of live tokens, each once. Add-on rows have no account, so they
 * do not match.
 */
export function liveRowFilters(query: LiveRowsQuery): string[] {
  const { account, expiresAfter, issuedSince = null, conditions = [] } = query;
  const rows = [
    `account eq ${quote(account)}`,
    ...conditions,
    `expiresAt gt ${quote(formatInstant(expiresAfter))}`,
    // Rows hold whole seconds, rounded down, as formatInstant does.
    ...(issuedSince === null ? [] : [`issuedAt ge ${quote(formatInstant(issuedSince))}`]),
  ].join(' and ');
  return tokenPartitionsSince(expiresAfter).map((partitions) => `${partitions} and ${rows}`);
}
