import type { StorageAccount } from '../config/broker-config.ts';

/** Where it is known when an account's user delegation keys were revoked. */
export interface DelegationRevocations {
  /**
   * Returns the instant of the last revocation; null if there was none. Keys obtained before it are dead. It is in the
   * future while a request to revoke may be in flight, or if the clock that set it is ahead. The answer may be as old as the account's `keyCache`.
   * @throws BrokerError `storage_unavailable` if a recent enough answer is unavailable.
   */
  revokedAt(account: StorageAccount, now: Date): Promise<Date | null>;
}
