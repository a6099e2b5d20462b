import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import type { KeyName } from '../azure/services.ts';

/** The `ManagedBy` tag of every version that the broker publishes. */
export const MANAGED_BY = 'sas-token-broker';

/** The latest version of an account's secret. */
export interface PublishedSecret {
  readonly version: string;
  /** Null where the version is disabled or holds no account key. */
  readonly key: SecretText | null;
  readonly enabled: boolean;
  /** The `CredentialId` tag. */
  readonly name: KeyName | null;
  /** The `ManagedBy` tag. */
  readonly managedBy: string | null;
}

/** The secrets that instances and other applications read the keys from, with the rotator's identity. */
export interface PublishedSecrets {
  /** Null where there is none (deleted ones count as none). @throws BrokerError `signing_key_unavailable`. */
  latest(account: StorageAccount): Promise<PublishedSecret | null>;
  /**
   * Writes a new version in the account's `secretFormat`, with the tags `CredentialId`, `ProviderAddress`, `ManagedBy`;
   * recovers a deleted secret first. @throws BrokerError `signing_key_unavailable`, after which it may be written or not.
   */
  publish(account: StorageAccount, name: KeyName, key: SecretText): Promise<{ readonly version: string }>;
  /**
   * Disables every enabled version but `keep`, the latest.
   * @throws BrokerError `signing_key_unavailable`, also where `keep` is the latest no more: nothing is disabled then.
   */
  disableAllBut(account: StorageAccount, keep: string): Promise<void>;
}
