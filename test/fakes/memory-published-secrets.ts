import type { KeyName } from '../../shared/azure/services.ts';
import { BrokerError } from '../../shared/broker-error.ts';
import type { StorageAccount } from '../../shared/config/broker-config.ts';
import { keyNameOf, parseAccountKey } from '../../shared/keys/account-key-secret.ts';
import type { SecretText } from '../../shared/keys/signing-keys.ts';
import type { PublishedSecret, PublishedSecrets } from '../../shared/rotation/published-secrets.ts';
import type { Effect, EffectName, Fault } from './effects.ts';
import type { MemoryVersion } from './memory-azure.ts';
import type { MemoryEffects } from './memory-effects.ts';

/** The vault of an Azure in memory. */
export class MemoryPublishedSecrets implements PublishedSecrets {
  readonly #effects: MemoryEffects;

  constructor(effects: MemoryEffects) {
    this.#effects = effects;
  }

  async latest(account: StorageAccount): Promise<PublishedSecret | null> {
    const read = (): PublishedSecret | null => {
      const newest = this.#effects.azure.secret(account)?.versions.at(-1);
      return newest === undefined ? null : publishedSecret(newest, account);
    };
    return await this.#effects.perform(effectOn('latest', account, ''), read, broken);
  }

  async publish(account: StorageAccount, name: KeyName, key: SecretText): Promise<{ version: string }> {
    const act = (): { version: string } => ({
      version: this.#effects.azure.publish(account, name, key.reveal()),
    });
    return await this.#effects.perform(effectOn('publish', account, name), act, broken);
  }

  async disableAllBut(account: StorageAccount, keep: string): Promise<void> {
    // A late call applies to the versions that existed when it was sent.
    const versions = [...(this.#effects.azure.secret(account)?.versions ?? [])];
    const act = (): void => {
      if (versions.at(-1)?.version !== keep) throw unavailable('a newer version than the one to keep');
      for (const version of versions.slice(0, -1)) version.enabled = false;
    };
    await this.#effects.perform(effectOn('disableAllBut', account, keep), act, broken);
  }
}

function publishedSecret(newest: MemoryVersion, account: StorageAccount): PublishedSecret {
  const { version, text, tags, enabled } = newest;
  const key = enabled ? parseAccountKey(text, account) : null;
  return {
    version,
    enabled,
    name: keyNameOf(tags),
    managedBy: tags['ManagedBy'] ?? null,
    key: key?.ok ? key.value : null,
  };
}

/** An account that is configured without a secret has nothing to publish, so a call for it is a bug in the use case. */
function effectOn(name: EffectName, account: StorageAccount, detail: string): Effect {
  if (account.keys === null) throw unavailable('no "keys" in the configuration');
  return { name, account: account.name, detail };
}

function broken(fault: Fault): never {
  throw unavailable(`told to ${fault.kind}`, fault.kind === 'throttle' ? fault.retryAfter : undefined);
}

function unavailable(reason: string, retryAfter?: number): BrokerError {
  return new BrokerError('signing_key_unavailable', 'The secret of the account is currently unavailable.', {
    reason,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}
