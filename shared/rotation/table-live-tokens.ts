import type { TableClient } from '@azure/data-tables';
import { tableNotRead } from '../audit/audit-unavailable.ts';
import { columnOf, instantOf, optional, type ReadRow } from '../audit/table-row.ts';
import { scanRows } from '../audit/table-rows.ts';
import { KEY_NAMES, type KeyName } from '../azure-storage.ts';
import { BrokerError, describeFailure } from '../broker-error.ts';
import { formatInstant, hourOf } from '../iso-time.ts';
import type { LiveTokenCounts, LiveTokens } from './live-tokens.ts';

export interface TableLiveTokensOptions {
  /** Of the audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly now: () => Date;
}

type Range = Parameters<LiveTokenCounts['signedWith']>[2];

const COLUMNS = ['partitionKey', 'rowKey', 'expiresAt', 'keyName'];
const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);

/** Counts live tokens in the audit table: one range a shard, from the hour that it is now. */
export class TableLiveTokens implements LiveTokenCounts {
  readonly #options: TableLiveTokensOptions;

  constructor(options: TableLiveTokensOptions) {
    this.#options = options;
  }

  async signedWith(account: string, key: KeyName, range: Range): Promise<LiveTokens> {
    try {
      const rows = await this.#rows(account, range);
      const expiries = rows
        .filter((row) => signedBy(row, key))
        .map((row) => instantOf(row, 'expiresAt').getTime());
      const latest = expiries.reduce((one, other) => Math.max(one, other), 0);
      return { count: expiries.length, latestExpiry: expiries.length === 0 ? null : new Date(latest) };
    } catch (error) {
      if (error instanceof BrokerError && error.code === 'audit_unavailable') throw error;
      throw tableNotRead(
        error instanceof BrokerError ? (error.reason ?? error.message) : describeFailure(error),
      );
    }
  }

  async #rows(account: string, range: Range): Promise<ReadRow[]> {
    const { client, now } = this.#options;
    const scans = await Promise.all(
      liveRanges(range.now).map((partitions) =>
        scanRows(client, `${partitions} and ${liveRows(account, range)}`, range.deadline, now, COLUMNS),
      ),
    );
    const cut = scans.find(({ complete }) => !complete);
    if (cut !== undefined) throw tableNotRead(cut.fault ?? 'deadline passed');
    return scans.flatMap(({ rows }) => rows);
  }
}

/**
 * Partitions of tokens that expire this hour or later, in every shard that there may ever be: single digits by the
 * hour, longer numbers by their first digit ("." follows "-", ":" follows "9").
 */
export function liveRanges(now: Date): string[] {
  const single = DIGITS.map(
    (digit) => `PartitionKey ge 't-${digit}-${hourOf(now)}' and PartitionKey lt 't-${digit}.'`,
  );
  const longer = DIGITS.slice(1).map(
    (digit) => `PartitionKey ge 't-${digit}0' and PartitionKey lt 't-${digit}:'`,
  );
  return [...single, ...longer];
}

/** Not by `keyName`: rows without one must come along, and tables have no words for an absent column. */
function liveRows(account: string, { issuedSince, now }: Range): string {
  const conditions = [
    `account eq '${account.replaceAll("'", "''")}'`,
    `kind ne 'user-delegation'`,
    `expiresAt gt '${formatInstant(now)}'`,
    // Rows hold whole seconds, cut down; so is this bound.
    ...(issuedSince === null ? [] : [`issuedAt ge '${formatInstant(issuedSince)}'`]),
  ];
  return conditions.join(' and ');
}

/** A secret without a `CredentialId` leaves no key name: such a token may be either key's, so it is both's. */
function signedBy(row: ReadRow, key: KeyName): boolean {
  const name = optional(row, 'keyName');
  const another = name !== null && name !== key && KEY_NAMES.some((known) => known === name);
  return !columnOf(row, 'rowKey').includes('~') && !another;
}
