import { type Service, SERVICES } from '../azure/services.ts';
import { addSeconds } from '../iso-time.ts';
import { POLICY_DELAY_SECONDS, type PolicyPlace } from './stored-policy.ts';

/** The right to change the policies of one place, until it is released or expires. */
export interface PolicyLease {
  /** Unique to the lease. */
  readonly holder: string;
  /**
   * In seconds, counted from before the lease was sent: nothing that its holder sends takes effect later than that. See
   * `LeaseWatch`.
   */
  readonly durationSeconds: number;
  /**
   * Ids of policies that may be widened or removed under the lease: no token based on them is delivered until it ends.
   */
  readonly blockedPolicies: readonly string[];
}

/** A policy that the broker created for the revocable tokens of one grant with exactly these letters. */
export interface ManagedPolicy {
  readonly id: string;
  readonly grant: string;
  readonly permissions: string;
  readonly createdAt: Date;
}

/** When storage accepted the latest change of a policy. */
export interface RecentChange {
  readonly id: string;
  readonly at: Date;
}

/** What the broker remembers of one place: one row, replaced under its ETag. */
export interface PolicyLedger {
  readonly lease: PolicyLease | null;
  readonly managed: readonly ManagedPolicy[];
  /** Changes by the broker that storage may not have applied yet. */
  readonly changed: readonly RecentChange[];
}

/** A ledger as it was read or saved; `etag` is null if it does not exist yet. */
export interface LedgerEntry {
  readonly ledger: PolicyLedger;
  readonly etag: string | null;
}

/** Loads and saves ledgers. Every call times out at `deadline`. */
export interface PolicyLedgers {
  /** Reads a ledger; returns an empty one if none exists yet. @throws BrokerError `storage_unavailable`. */
  load(key: string, deadline: Date): Promise<LedgerEntry>;
  /**
   * Replaces the ledger that was read under `etag`, or inserts the first one (null).
   * @returns null if someone else saved it in the meantime.
   * @throws BrokerError `storage_unavailable`, after which it may be saved or not.
   */
  save(key: string, ledger: PolicyLedger, etag: string | null, deadline: Date): Promise<LedgerEntry | null>;
  /** Returns every place that has managed policies. @throws BrokerError `storage_unavailable`. */
  withManaged(
    deadline: Date,
  ): Promise<readonly { readonly key: string; readonly managed: readonly ManagedPolicy[] }[]>;
}

export const EMPTY_LEDGER: PolicyLedger = { lease: null, managed: [], changed: [] };

/** Returns `account:service:name`, the name in lower case because tables and shares ignore case. */
export function ledgerKey({ account, service, name }: PolicyPlace): string {
  return `${account.name}:${service}:${name.toLowerCase()}`;
}

/** Returns the parts of a `ledgerKey`; null for any other text. */
export function parseLedgerKey(key: string): { account: string; service: Service; name: string } | null {
  const [account, word, name, ...rest] = key.split(':');
  const service = SERVICES.find((one) => one === word);
  if (account === undefined || service === undefined || name === undefined || rest.length > 0) return null;
  return { account, service, name };
}

/** Returns when storage is certain to have applied the latest change of policy `id`; null if it has by `now`. */
export function findUsableAfter(changed: readonly RecentChange[], id: string, now: Date): Date | null {
  const change = changed.find((one) => one.id === id);
  if (change === undefined) return null;
  const usableAfter = addSeconds(change.at, POLICY_DELAY_SECONDS);
  return usableAfter > now ? usableAfter : null;
}
