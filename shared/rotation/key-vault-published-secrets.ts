import type { SecretClient, SecretProperties } from '@azure/keyvault-secrets';
import { describeFailure, retryAfterOf, statusOf } from '../azure-calls/failure.ts';
import { readTwice } from '../azure-calls/read-twice.ts';
import { pause, withTimeout } from '../azure-calls/timeout.ts';
import type { KeyName } from '../azure/services.ts';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { keyNameOf, parseAccountKey } from '../keys/account-key-secret.ts';
import { noSecretConfigured, secretReadFailure } from '../keys/key-vault-faults.ts';
import { secretTextOf } from '../keys/secret-text.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import { MANAGED_BY, type PublishedSecret, type PublishedSecrets } from './published-secrets.ts';

export interface KeyVaultPublishedSecretsOptions {
  /** From `keyVaultSecretClient` with `NO_RETRIES` and the rotator's identity. */
  readonly client: SecretClient;
  /** Timeout of one call, in milliseconds. */
  readonly callTimeoutMs: number;
  readonly clock: () => Date;
}

/** With retries, the SDK would sleep for as long as a throttled vault asks for, and could write a version twice. */
export const NO_RETRIES = { retryOptions: { maxRetries: 0 } };

const RECOVERY_PAUSE_MS = 250;

/** Secrets in Key Vault: one secret per account, one version per publication. */
export class KeyVaultPublishedSecrets implements PublishedSecrets {
  readonly #options: KeyVaultPublishedSecretsOptions;

  constructor(options: KeyVaultPublishedSecretsOptions) {
    this.#options = options;
  }

  async latest(account: StorageAccount): Promise<PublishedSecret | null> {
    const { client, callTimeoutMs } = this.#options;
    return await this.#call(account, 'be read', async (name) => {
      try {
        const { value, properties } = await readTwice(callTimeoutMs, (abortSignal) =>
          client.getSecret(name, { abortSignal }),
        );
        const key = parseAccountKey(value ?? '', account);
        return publishedSecret(properties, key.ok ? key.value : null);
      } catch (error) {
        const { missing, final } = secretReadFailure(error, account);
        if (missing) return null;
        if (!final) throw error;
        return publishedSecret(await this.#disabledNewest(name, account), null);
      }
    });
  }

  async publish(account: StorageAccount, name: KeyName, key: SecretText): Promise<{ version: string }> {
    const { client, callTimeoutMs } = this.#options;
    const tags = { CredentialId: name, ProviderAddress: account.resourceId, ManagedBy: MANAGED_BY };
    return await this.#call(account, 'be written', (secretName) =>
      withTimeout(callTimeoutMs, async (abortSignal) => {
        for (;;) {
          try {
            const text = secretTextOf(key, account);
            const { properties } = await client.setSecret(secretName, text, { tags, abortSignal });
            return { version: properties.version ?? '' };
          } catch (error) {
            // A conflict means that the secret is deleted, or being deleted or recovered: nothing was written.
            if (statusOf(error) !== 409) throw error;
          }
          await recover(client, secretName, abortSignal);
          await pause(RECOVERY_PAUSE_MS);
        }
      }),
    );
  }

  async disableAllBut(account: StorageAccount, keep: string): Promise<void> {
    const { client, callTimeoutMs } = this.#options;
    await this.#call(account, 'have its old versions disabled', async (name) => {
      // Listed first: a version that something else publishes from here on is not in the list, so it stays enabled.
      const versions = await this.#versions(name);
      // One that was published before is the latest. Without it enabled, no application would have a key.
      if ((await this.latest(account))?.version !== keep)
        throw unavailable(account, 'has a newer version than the one to keep');
      for (const { version, enabled } of versions) {
        if (version === undefined || version === keep || enabled === false) continue;
        await readTwice(callTimeoutMs, (abortSignal) =>
          client.updateSecretProperties(name, version, { enabled: false, abortSignal }),
        );
      }
    });
  }

  /**
   * The vault shows a disabled version only in the list of versions, whose times are whole seconds. If several versions
   * have the newest time, the latest one must be disabled, because the vault refused to return its value.
   */
  async #disabledNewest(name: string, account: StorageAccount): Promise<SecretProperties> {
    const versions = await this.#versions(name);
    const newestAt = Math.max(...versions.map(createdAt));
    const disabled = versions.find((one) => createdAt(one) === newestAt && one.enabled === false);
    if (disabled === undefined) throw unavailable(account, 'changed while it was read');
    return disabled;
  }

  #versions(name: string): Promise<SecretProperties[]> {
    const { client, callTimeoutMs } = this.#options;
    return readTwice(callTimeoutMs, async (abortSignal) => {
      const versions: SecretProperties[] = [];
      for await (const one of client.listPropertiesOfSecretVersions(name, { abortSignal }))
        versions.push(one);
      return versions;
    });
  }

  async #call<T>(
    account: StorageAccount,
    what: string,
    call: (secretName: string) => Promise<T>,
  ): Promise<T> {
    if (account.keys === null) throw noSecretConfigured(account);
    try {
      return await call(account.keys.secretName);
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      const reason = `has a secret that could not ${what}: ${describeFailure(error)}`;
      throw unavailable(account, reason, retryAfterOf(error, this.#options.clock()));
    }
  }
}

/** Starts the recovery of a deleted secret unless it is already in progress. The next write shows whether it is over. */
async function recover(client: SecretClient, name: string, abortSignal: AbortSignal): Promise<void> {
  try {
    await client.beginRecoverDeletedSecret(name, { abortSignal });
  } catch (error) {
    if (![404, 409].includes(statusOf(error) ?? 0)) throw error;
  }
}

function publishedSecret(properties: SecretProperties, key: SecretText | null): PublishedSecret {
  const { version = '', tags, enabled = true } = properties;
  return { version, key, enabled, name: keyNameOf(tags), managedBy: tags?.['ManagedBy'] ?? null };
}

const createdAt = ({ createdOn }: SecretProperties): number => createdOn?.getTime() ?? 0;

function unavailable(account: StorageAccount, what: string, retryAfter: number | null = null): BrokerError {
  return new BrokerError('signing_key_unavailable', 'The secret of the account is currently unavailable.', {
    reason: `account ${account.name} ${what}`,
    ...(retryAfter === null ? {} : { retryAfter }),
  });
}
