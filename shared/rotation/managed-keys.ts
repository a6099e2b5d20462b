import type { KeyName } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import type { KeyTimes } from './rotation-journal.ts';

/** The outcome of a regeneration. `refused`: certainly not done. `unknown`: done, not done, or done later. */
export type Regeneration =
  | { readonly outcome: 'done' | 'unknown' }
  | { readonly outcome: 'refused'; readonly reason: string; readonly retryAt: Date | null };

/** When an account's keys were created, and how far the broker's clock is from the clock that answered. */
export interface TimedKeys {
  readonly times: KeyTimes;
  /**
   * By how many seconds the broker's clock is ahead of Azure's at least, according to the reply's `Date` header; negative
   * if it is behind, and 0 if the reply shows no difference.
   */
  readonly clockAhead: number;
}

/** The account's keys in Resource Manager, with the rotator's identity. */
export interface ManagedKeys {
  /**
   * Returns when each key was created, with Azure's time: a cheap read of the account.
   * @throws BrokerError `storage_unavailable`, with `retryAfter` if the service named one, or if the
   * reply has no valid `Date`.
   */
  times(account: StorageAccount): Promise<TimedKeys>;
  /**
   * Returns the values of both keys. Expensive: Resource Manager allows 100 such calls in 5 minutes per subscription.
   * @throws BrokerError `storage_unavailable`.
   */
  list(account: StorageAccount): Promise<Readonly<Record<KeyName, SecretText>>>;
  /** Sends one request, without retries, and stops waiting at `deadline`. Never throws. */
  regenerate(account: StorageAccount, key: KeyName, deadline: Date): Promise<Regeneration>;
  /**
   * Revokes every user delegation key of the account.
   * @throws BrokerError `storage_unavailable`; the keys may or may not be revoked then.
   */
  revokeDelegationKeys(account: StorageAccount, deadline: Date): Promise<void>;
}

/** Tests a key against the storage itself. */
export interface KeyProbe {
  /**
   * Returns true if storage accepts a request signed with the key.
   * @throws BrokerError `storage_unavailable` if that cannot be determined.
   */
  opens(account: StorageAccount, key: SecretText): Promise<boolean>;
}
