import type { KeyName } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from '../keys/signing-keys.ts';

/** The `ManagedBy` tag of every version that the broker publishes. */
export const MANAGED_BY = 'sas-token-broker';

/** The latest version of an account's secret. */
export interface PublishedSecret {
  readonly version: string;
  /** Null if the version is disabled or does not hold an account key. */
  readonly key: SecretText | null;
  readonly enabled: boolean;
  /** The `CredentialId` tag. */
  readonly name: KeyName | null;
  /** The `ManagedBy` tag. */
  readonly managedBy: string | null;
}

/** The secrets that instances and other applications read the keys from, with the rotator's identity. */
export interface PublishedSecrets {
  /**
   * Returns the latest version; null if the secret does not exist or is deleted.
   * @throws BrokerError `signing_key_unavailable`.
   */
  latest(account: StorageAccount): Promise<PublishedSecret | null>;
  /**
   * Writes a new version in the account's `secretFormat`, with the tags `CredentialId`, `ProviderAddress` and
   * `ManagedBy`. Recovers a deleted secret first.
   * @throws BrokerError `signing_key_unavailable`; the version may or may not be written then.
   */
  publish(account: StorageAccount, name: KeyName, key: SecretText): Promise<{ readonly version: string }>;
  /**
   * Disables every enabled version but `keep`, the latest.
   * @throws BrokerError `signing_key_unavailable`, also if `keep` is no longer the latest; nothing is disabled then.
   */
  disableAllBut(account: StorageAccount, keep: string): Promise<void>;
}
