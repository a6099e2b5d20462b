import type { Service } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from './signing-keys.ts';

/**
 * A URL with a SAS, signed with a user delegation key, for something that does not exist. While storage accepts the key
 * it answers that there is no such thing; once the key is revoked it refuses the signature.
 */
export interface DelegationProbe {
  readonly service: Service;
  readonly url: SecretText;
  /** From then on storage refuses the SAS anyway, which proves nothing. */
  readonly expiresAt: Date;
}

/** Shows whether storage still accepts user delegation keys from before a revocation. */
export interface DelegationProbes {
  /**
   * Obtains a user delegation key for each service that has them, makes a probe with it, and tries that once. Returns the
   * probes that storage accepted, none if nothing answered. Never throws.
   * @param since the last revocation; an older key would be dead already. Null if there was none.
   */
  make(
    account: StorageAccount,
    since: Date | null,
    now: Date,
    timeoutMs: number,
  ): Promise<readonly DelegationProbe[]>;
  /**
   * Returns true if storage refuses the probe's signature, false if it still accepts it, null if that cannot be
   * determined. Never throws.
   */
  isRefused(probe: DelegationProbe, now: Date): Promise<boolean | null>;
}
