import type { KeyName, Service } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import type { KeyTimes } from './rotation-journal.ts';

/** The outcome of a regeneration. `refused`: certainly not done. `unknown`: done, not done, or done later. */
export type Regeneration =
  | { readonly outcome: 'done' | 'unknown' }
  | { readonly outcome: 'refused'; readonly reason: string; readonly retryAt: Date | null };

/**
 * The outcome of a request to revoke user delegation keys. `turned-down`: it certainly has no effect, and a repetition
 * would be turned down too. `held-up`: it may help to try again.
 */
export type DelegationRevocation =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'turned-down'; readonly reason: string }
  | {
      readonly outcome: 'held-up';
      readonly reason: string;
      readonly retryAt: Date | null;
      /** True if the keys may be revoked already, or soon. */
      readonly mayHaveLanded: boolean;
    };

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
   * Revokes every user delegation key of the account: sends one request, without retries, and stops waiting at
   * `deadline`. Never throws.
   */
  revokeDelegationKeys(account: StorageAccount, deadline: Date): Promise<DelegationRevocation>;
}

/** Tests a key against the storage itself. */
export interface KeyProbe {
  /**
   * Returns true if the account's service accepts a request signed with the key, false if it refuses the signature.
   * @throws BrokerError `storage_unavailable` if that cannot be determined, because the service does not answer or answers
   * something else.
   */
  opens(account: StorageAccount, key: SecretText, service: Service): Promise<boolean>;
}
