import type { KeyVaultSecret, SecretClient } from '@azure/keyvault-secrets';
import type { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import { accountKeyOf, keyNameOf } from './account-key-secret.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import { noKeyInSecret, noSecretConfigured, secretReadFailure } from './key-vault-faults.ts';
import type { AccountKey, AccountKeys } from './signing-keys.ts';

interface KeyVaultAccountKeysOptions {
  /** Told of each failed read, also where a remembered key still serves. */
  readonly onFault?: (error: BrokerError) => void;
  /** When one read is given up, in milliseconds. */
  readonly callTimeoutMs?: number;
}

/** What is known of one account's secret. `reading` is the one read that is under way. */
interface Entry {
  kept: { readonly key: AccountKey; readonly sentAt: Date } | null;
  failure: { readonly at: number; readonly error: BrokerError } | null;
  reading: Promise<AccountKey> | null;
}

const CALL_TIMEOUT_MS = 3000;
/** A failing vault is asked at most this often for one account. */
const COOLDOWN_MS = 1000;
/** A `now` before the read's by more than a request lives: the clock was set back, and the key's age is unknown. */
const CLOCK_SET_BACK_MS = 15_000;

/**
 * Account keys in Key Vault secrets: the latest version of an account's secret, remembered for `keyCache` seconds
 * from when its read was sent, and `keyStaleMax` more while the vault fails. An answer that there is no key (no
 * secret, a disabled one, a value that is none) ends that at once.
 */
export class KeyVaultAccountKeys implements AccountKeys {
  readonly #client: SecretClient;
  readonly #onFault: (error: BrokerError) => void;
  readonly #callTimeoutMs: number;
  readonly #entries = new Map<string, Entry>();

  constructor(client: SecretClient, options: KeyVaultAccountKeysOptions = {}) {
    this.#client = client;
    this.#onFault = options.onFault ?? (() => undefined);
    this.#callTimeoutMs = options.callTimeoutMs ?? CALL_TIMEOUT_MS;
  }

  async current(account: StorageAccount, now: Date): Promise<AccountKey> {
    const entry = this.#entryOf(account);
    if (entry.kept !== null && now.getTime() < entry.kept.sentAt.getTime() - CLOCK_SET_BACK_MS)
      entry.kept = null;
    const { kept, failure } = entry;
    if (kept !== null && now < addSeconds(kept.sentAt, account.keyCache)) return kept.key;
    const usable = kept !== null && now < kept.key.usableUntil ? kept.key : null;
    if (failure !== null && Math.abs(now.getTime() - failure.at) < COOLDOWN_MS) {
      if (usable === null) throw failure.error;
      return usable;
    }
    const reading = this.#refresh(account, entry, now);
    // A vault that failed last time is not worth a request's wait while a usable key is at hand.
    if (usable !== null && failure !== null) return usable;
    try {
      return await reading;
    } catch (error) {
      // Read anew: an answer that there is no key has taken the remembered one away.
      if (entry.kept !== null && now < entry.kept.key.usableUntil) return entry.kept.key;
      throw error;
    }
  }

  #entryOf(account: StorageAccount): Entry {
    const entry = this.#entries.get(account.name) ?? { kept: null, failure: null, reading: null };
    this.#entries.set(account.name, entry);
    return entry;
  }

  #refresh(account: StorageAccount, entry: Entry, now: Date): Promise<AccountKey> {
    if (entry.reading !== null) return entry.reading;
    const reading = this.#take(account, entry, now).finally(() => (entry.reading = null));
    // Nobody may be waiting for it; `#take` has told of the failure.
    reading.catch(() => undefined);
    entry.reading = reading;
    return reading;
  }

  async #take(account: StorageAccount, entry: Entry, sentAt: Date): Promise<AccountKey> {
    const started = performance.now();
    try {
      const key = keyOf(await this.#read(account), account, sentAt);
      Object.assign(entry, { kept: { key, sentAt }, failure: null });
      return key;
    } catch (thrown) {
      const { error, final } = secretReadFailure(thrown, account);
      entry.failure = { at: sentAt.getTime() + performance.now() - started, error };
      if (final) entry.kept = null;
      this.#onFault(error);
      throw error;
    }
  }

  #read(account: StorageAccount): Promise<KeyVaultSecret> {
    const { keys } = account;
    if (keys === null) return Promise.reject(noSecretConfigured(account));
    return withTimeout(this.#callTimeoutMs, (abortSignal) =>
      this.#client.getSecret(keys.secretName, { abortSignal }),
    );
  }
}

function keyOf(secret: KeyVaultSecret, account: StorageAccount, sentAt: Date): AccountKey {
  const value = accountKeyOf(secret.value ?? '', account);
  if (typeof value === 'string') throw noKeyInSecret(account, value);
  return {
    kind: 'account',
    value,
    name: keyNameOf(secret.properties.tags),
    secretVersion: secret.properties.version ?? '',
    usableUntil: addSeconds(sentAt, account.keyCache + account.keyStaleMax),
  };
}
