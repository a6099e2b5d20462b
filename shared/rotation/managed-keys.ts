import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import type { KeyTimes } from './rotation-journal.ts';
import type { KeyName } from '../azure/services.ts';

/** What became of a regeneration. `refused`: certainly not done; `unknown`: done, not done, or done later. */
export type Regeneration =
  | { readonly outcome: 'done' | 'unknown' }
  | { readonly outcome: 'refused'; readonly reason: string; readonly retryAt: Date | null };

/** The account's keys as Resource Manager manages them, with the rotator's identity. */
export interface ManagedKeys {
  /** A cheap read of the account. @throws BrokerError `storage_unavailable` (with `retryAfter` where it was told). */
  times(account: StorageAccount): Promise<KeyTimes>;
  /** Both keys' values. Dear: 100 in 5 minutes a subscription. @throws BrokerError `storage_unavailable`. */
  list(account: StorageAccount): Promise<Readonly<Record<KeyName, SecretText>>>;
  /** Sends one request, without retries, and gives up at `deadline`. Never throws. */
  regenerate(account: StorageAccount, key: KeyName, deadline: Date): Promise<Regeneration>;
  /** Ends every user delegation key of the account. @throws BrokerError `storage_unavailable`. */
  revokeDelegationKeys(account: StorageAccount, deadline: Date): Promise<void>;
}

/** Tries a key on the storage itself. */
export interface KeyProbe {
  /**
   * Whether storage accepts a request signed with the key.
   * @throws BrokerError `storage_unavailable` where that cannot be told.
   */
  opens(account: StorageAccount, key: SecretText): Promise<boolean>;
}
