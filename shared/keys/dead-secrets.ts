import type { StorageAccount } from '../config/broker-config.ts';

/** Where it is known that storage refuses the key in an account's published secret. */
export interface DeadSecrets {
  /**
   * Returns the version of the secret whose key storage refuses; null if none is known. The answer may be as old as the
   * account's `keyCache`. Never throws: what cannot be read refuses nothing.
   */
  deadVersion(account: StorageAccount, now: Date): Promise<string | null>;
}
