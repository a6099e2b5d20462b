import type { TableClient } from '@azure/data-tables';
import { auditReadFailure } from '../audit/audit-unavailable.ts';
import { liveRowFilters } from '../audit/live-rows.ts';
import { isTokenRow } from '../audit/row-keys.ts';
import { failureReason } from '../azure-calls/failure.ts';
import { KEY_NAMES, type KeyName } from '../azure/services.ts';
import { BrokerError } from '../broker-error.ts';
import { instantOf, optionalColumnOf, type ReadRow } from '../tables/columns.ts';
import { readPages, type PagesEnd } from '../tables/table-pages.ts';
import type { CountRange, TokenCounts, TokenCount } from './token-count.ts';
import { goOnWith, restOf, type UnfinishedCount } from './unfinished-count.ts';

export interface TableTokenCountsOptions {
  /** Of the audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

/** The keys for the log alone: which row cannot be read, or is no issuance. */
const COLUMNS = ['partitionKey', 'rowKey', 'expiresAt', 'keyName'];
const READ: PagesEnd = { rest: null, fault: null };

/** Counts live tokens in the audit table, a page of each shard's range at a time. */
export class TableTokenCounts implements TokenCounts {
  readonly #options: TableTokenCountsOptions;

  constructor(options: TableTokenCountsOptions) {
    this.#options = options;
  }

  async countSignedWith(account: string, key: KeyName, range: CountRange): Promise<TokenCount> {
    const filtersAt = (now: Date) =>
      // Not by `keyName`: rows without one must match too, and OData cannot ask for an absent column.
      liveRowFilters({
        account,
        expiresAfter: now,
        issuedSince: range.issuedSince,
        conditions: ["kind ne 'user-delegation'"],
      });
    try {
      const { now, deadline, anyName = false } = range;
      const found =
        (await this.#count(goOnWith(key, range, filtersAt), deadline)) ??
        (await this.#count(goOnWith(key, { now, anyName }, filtersAt), deadline));
      if (found === null) throw auditReadFailure('it was refused from the first row');
      return found;
    } catch (error) {
      if (error instanceof BrokerError && error.code === 'audit_unavailable') throw error;
      throw auditReadFailure(failureReason(error));
    }
  }

  /** Null where storage does not take the place that it was to go on at: waited on, it would never end. */
  async #count(begun: UnfinishedCount, deadline: Date): Promise<TokenCount | null> {
    let { count, latest } = begun;
    const take = (rows: readonly ReadRow[]): void => {
      for (const row of rows.filter((one) => signedBy(one, begun))) {
        count += 1;
        latest = Math.max(latest, instantOf(row, 'expiresAt').getTime());
      }
    };
    const { client, clock } = this.#options;
    let isRefused = false;
    // One refusal ends the reading of all: what time is left is for starting again.
    const table = { client, clock: () => (isRefused ? deadline : clock()), unavailable: auditReadFailure };
    const ends = await Promise.all(
      begun.filters.map(async (filter, part) => {
        const from = begun.positions[part] ?? null;
        if (from === null) return READ;
        const end = await readPages(table, { filter, columns: COLUMNS, from }, deadline, take);
        isRefused ||= end.isRefused === true;
        return end;
      }),
    );
    if (ends.some((end) => end.isRefused === true)) return null;
    const positions = ends.map(({ rest }) => rest);
    const found = { count, latestExpiry: count === 0 ? null : new Date(latest) };
    if (positions.every((rest) => rest === null)) return { ...found, rest: null };
    // A call that got nowhere is a failure to be told of; one that got further is not, whatever ended it.
    if (positions.every((rest, part) => rest === begun.positions[part]))
      throw auditReadFailure(ends.find(({ fault }) => fault !== null)?.fault ?? 'deadline passed');
    return { ...found, rest: restOf({ ...begun, positions }) };
  }
}

/** A secret without a `CredentialId` leaves no key name: such a token may be either key's, so it is both's. */
function signedBy(row: ReadRow, { key, anyName }: Pick<UnfinishedCount, 'key' | 'anyName'>): boolean {
  const name = optionalColumnOf(row, 'keyName');
  const another = !anyName && name !== null && name !== key && KEY_NAMES.some((known) => known === name);
  return isTokenRow(row) && !another;
}
