import { readStoredRecords } from '../audit/add-on-rows.ts';
import type { StoredAuditRecord } from '../audit/audit-record.ts';
import { listTokenRows } from '../audit/list-token-rows.ts';
import { isInTable, type TokenFilters, tokenConditions } from '../audit/token-filters.ts';
import { FIRST_HOUR } from '../audit/token-hours.ts';
import type { TokenPages, TokenPosition } from '../audit/token-pages.ts';
import type { Hours } from '../audit/walk-hours.ts';
import { type BrokerConfig, clockSkewOf } from '../config/broker-config.ts';
import type { Caller } from '../identity/caller.ts';
import { addSeconds, formatInstant, hourOf } from '../iso-time.ts';
import { quote } from '../tables/odata.ts';
import { type RecordState, stateReader, type StatePorts } from './record-states.ts';
import { isListed, type TokenListQuery } from './token-query-parameters.ts';

export interface TokenListPorts extends StatePorts {
  /** Opens the rows that meet OData conditions. */
  readonly openPages: (query: {
    readonly conditions: readonly string[];
    readonly deadline: Date;
  }) => TokenPages;
}

export interface ListedToken {
  readonly record: StoredAuditRecord;
  readonly state: RecordState;
}

/** Returns the filters as they apply to the caller, who sees only their own tokens unless they are an auditor; null: none. */
export function filtersFor(filters: TokenFilters, caller: Caller): TokenFilters | null {
  if (caller.roles.has('auditor')) return filters;
  const { issuer, subject } = caller;
  const isOwn =
    filters.caller === null || (filters.caller.issuer === issuer && filters.caller.subject === subject);
  return isOwn ? { ...filters, caller: { issuer, subject } } : null;
}

/**
 * Reads one page of a list of tokens. It may be short and still have a `next`, because a call reads a limited number of
 * pages of the table.
 * @throws BrokerError `audit_unavailable`, or `storage_unavailable` if what was ended cannot be read.
 */
export async function listTokens(
  { config, deaths, openPages }: TokenListPorts,
  query: TokenListQuery,
  deadline: Date,
): Promise<{ readonly tokens: readonly ListedToken[]; readonly next: TokenPosition | null }> {
  const { state, filters, order, limit, now, position } = query;
  const { hours, conditions } = reachOf(state, config, now);
  const pages = openPages({ conditions: [...tokenConditions(filters), ...conditions], deadline });
  const stateOf = stateReader({ config, deaths }, { now, deadline });
  const tokens: ListedToken[] = [];
  const next = await listTokenRows(
    pages,
    { order, hours, position, nowHour: hourOf(now), limit },
    async ({ rows }) => {
      for (const record of readStoredRecords(rows)) {
        const known = await stateOf(record);
        if (isInTable(record, filters) && isListed(state, known.state)) tokens.push({ record, state: known });
      }
      return tokens.length < limit;
    },
  );
  return { tokens, next };
}

/** Returns where tokens in a state can be, whatever account they are of. `clockSkew` differs by account. */
function reachOf(
  state: TokenListQuery['state'],
  { accounts }: Pick<BrokerConfig, 'accounts'>,
  now: Date,
): { readonly hours: Hours; readonly conditions: readonly string[] } {
  // Accounts that are no longer configured have the default.
  const skews = [undefined, ...accounts.values()].map(clockSkewOf);
  if (state === 'live' || state === 'unproved') {
    const earliest = addSeconds(now, -Math.max(...skews));
    const conditions = [`expiresAt gt ${quote(formatInstant(earliest))}`];
    return { hours: { from: hourOf(earliest), to: null }, conditions };
  }
  if (state !== 'expired') return { hours: { from: FIRST_HOUR, to: null }, conditions: [] };
  const latest = addSeconds(now, -Math.min(...skews));
  const conditions = [`expiresAt le ${quote(formatInstant(latest))}`];
  return { hours: { from: FIRST_HOUR, to: hourOf(latest) }, conditions };
}
