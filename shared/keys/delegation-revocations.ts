import type { StorageAccount } from '../config/broker-config.ts';

/** Tells when the user delegation keys of an account were revoked. */
export interface DelegationRevocations {
  /**
   * Keys got before this instant are dead once it has passed; it may lie ahead. Null: never revoked. May be as old as
   * the account's `keyCache`.
   * @throws BrokerError `storage_unavailable` where that cannot be known any more.
   */
  revokedAt(account: StorageAccount, now: Date): Promise<Date | null>;
}
