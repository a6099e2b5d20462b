import type { PolicyPlace } from './stored-policy.ts';
import { SERVICES, type Service } from '../azure/services.ts';

/** The right to edit the policies of one place, until it is given back or over. */
export interface PolicyLease {
  /** No other lease has it. */
  readonly holder: string;
  /** In seconds, counted from before the lease was sent: nothing that the holder sends lands later. See `ClaimWatch`. */
  readonly holdsFor: number;
  /** Policies that may be widened or removed under it: no token by them leaves meanwhile. */
  readonly endangers: readonly string[];
}

/** A policy that the broker made for revocable tokens: those of one grant with these very letters. */
export interface ManagedPolicy {
  readonly id: string;
  readonly grant: string;
  readonly permissions: string;
  readonly createdAt: Date;
}

/** What the broker remembers of one place: one row, replaced under its ETag. */
export interface PolicyLedger {
  readonly lease: PolicyLease | null;
  readonly managed: readonly ManagedPolicy[];
  /** Policies that the broker changed a short while ago: storage may not act on them yet. */
  readonly changed: readonly { readonly id: string; readonly at: Date }[];
}

/** A ledger as it was read or saved; `etag` null: there is none yet. */
export interface LedgerEntry {
  readonly ledger: PolicyLedger;
  readonly etag: string | null;
}

/** Where ledgers are kept. Every call gives up at `deadline`. */
export interface PolicyLedgers {
  /** An empty ledger where there is none yet. @throws BrokerError `storage_unavailable`. */
  load(key: string, deadline: Date): Promise<LedgerEntry>;
  /**
   * Replaces what was read under `etag` (null: inserts the first); null where another was faster.
   * @throws BrokerError `storage_unavailable`, after which it may be saved or not.
   */
  save(key: string, ledger: PolicyLedger, etag: string | null, deadline: Date): Promise<LedgerEntry | null>;
  /** Every place that has managed policies. @throws BrokerError `storage_unavailable`. */
  withManaged(
    deadline: Date,
  ): Promise<readonly { readonly key: string; readonly managed: readonly ManagedPolicy[] }[]>;
}

export const EMPTY_LEDGER: PolicyLedger = { lease: null, managed: [], changed: [] };

/** `account:service:name`; tables and shares compare names without case. */
export function ledgerKey({ account, service, name }: PolicyPlace): string {
  return `${account.name}:${service}:${name.toLowerCase()}`;
}

/** The parts of `ledgerKey`; null for any other text. */
export function parseLedgerKey(key: string): { account: string; service: Service; name: string } | null {
  const [account, word, name, ...rest] = key.split(':');
  const service = SERVICES.find((one) => one === word);
  if (account === undefined || service === undefined || name === undefined || rest.length > 0) return null;
  return { account, service, name };
}
