import type { TableClient } from '@azure/data-tables';
import { auditReadFailure } from '../audit/audit-unavailable.ts';
import { liveRowFilters } from '../audit/live-rows.ts';
import { isTokenRow } from '../audit/row-keys.ts';
import { failureReason } from '../azure-calls/failure.ts';
import type { KeyName } from '../azure/services.ts';
import { BrokerError } from '../broker-error.ts';
import { instantOf, optionalColumnOf, type ReadRow } from '../tables/columns.ts';
import { type PagesEnd, readPages } from '../tables/table-pages.ts';
import { type CountProgress, type CountRange, otherKeyId, type TokenCounter } from './token-count.ts';
import { encodeRest, resumeCount, type UnfinishedCount } from './unfinished-count.ts';

export interface TableTokenCounterOptions {
  /** A client of the audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

/** `partitionKey` and `rowKey` show which row cannot be read, and which rows are not tokens. */
const COLUMNS = ['partitionKey', 'rowKey', 'expiresAt', 'keyId'];
const READ: PagesEnd = { rest: null, fault: null };

/** Counts live tokens in the audit table, one page of each shard's range at a time. */
export class TableTokenCounter implements TokenCounter {
  readonly #options: TableTokenCounterOptions;

  constructor(options: TableTokenCounterOptions) {
    this.#options = options;
  }

  async countSignedWith(account: string, key: KeyName, range: CountRange): Promise<CountProgress> {
    const filtersAt = (now: Date) =>
      // The filter leaves out `keyId`: rows without one must match too, and OData cannot test for an absent column.
      liveRowFilters({
        account,
        expiresAfter: now,
        issuedSince: range.issuedSince,
        conditions: ["kind ne 'user-delegation'"],
      });
    try {
      const { now, deadline, hashes } = range;
      const except = otherKeyId(key, hashes);
      const found =
        (await this.#count(resumeCount(except, range, filtersAt), deadline)) ??
        (await this.#count(resumeCount(except, { now }, filtersAt), deadline));
      if (found === null) throw auditReadFailure('storage refused the query from its first page');
      return found;
    } catch (error) {
      if (error instanceof BrokerError && error.code === 'audit_unavailable') throw error;
      throw auditReadFailure(failureReason(error));
    }
  }

  /** Returns null if storage no longer accepts the position to continue from; waiting would not change that. */
  async #count(begun: UnfinishedCount, deadline: Date): Promise<CountProgress | null> {
    let { count, latest } = begun;
    const take = (rows: readonly ReadRow[]): void => {
      for (const row of rows.filter((one) => isCounted(one, begun))) {
        count += 1;
        latest = Math.max(latest, instantOf(row, 'expiresAt').getTime());
      }
    };
    const { client, clock } = this.#options;
    let isRefused = false;
    // One refusal ends every read, because the remaining time is needed to start again.
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
    // A call that made no progress is a failure. One that made progress is not, whatever ended it.
    if (positions.every((rest, part) => rest === begun.positions[part]))
      throw auditReadFailure(ends.find(({ fault }) => fault !== null)?.fault ?? 'deadline passed');
    return { ...found, rest: encodeRest({ ...begun, positions }) };
  }
}

function isCounted(row: ReadRow, { exceptKeyId }: Pick<UnfinishedCount, 'exceptKeyId'>): boolean {
  const keyId = optionalColumnOf(row, 'keyId');
  return isTokenRow(row) && (keyId === null || keyId !== exceptKeyId);
}
