import type { KeyVaultSecret, SecretClient } from '@azure/keyvault-secrets';
import { withTimeout } from '../azure-calls/timeout.ts';
import type { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import { keyNameOf, parseAccountKey } from './account-key-secret.ts';
import type { DeadSecrets } from './dead-secrets.ts';
import { hashKey, keyIdOf } from './key-hash.ts';
import { keyIsDead, noKeyInSecret, noSecretConfigured, secretReadFailure } from './key-vault-faults.ts';
import type { AccountKey, AccountKeys } from './signing-keys.ts';

interface KeyVaultAccountKeysOptions {
  /** Called for each failed read, even if a remembered key still works. */
  readonly onFault?: (error: BrokerError) => void;
  /** How long one read may take, in milliseconds. */
  readonly callTimeoutMs?: number;
  /** Absent: no version is known to be dead. */
  readonly deadSecrets?: DeadSecrets;
}

/** What is known about one account's secret. `reading` is the only read in flight. */
interface Entry {
  kept: { readonly key: AccountKey; readonly sentAt: Date } | null;
  failure: { readonly at: number; readonly error: BrokerError } | null;
  reading: Promise<AccountKey> | null;
}

const CALL_TIMEOUT_MS = 3000;
/** While the vault fails, it is asked at most once per this time for one account. */
const COOLDOWN_MS = 1000;
/** If `now` is before the read by more than a request's time, the clock was set back and the key's age is unknown. */
const CLOCK_SET_BACK_MS = 15_000;

/**
 * Account keys in Key Vault secrets. The latest version of an account's secret is remembered for `keyCache` seconds from
 * when its read was sent, and for `keyStaleMax` seconds more while the vault fails. A reply that there is no key (no
 * secret, a disabled secret, a value that is not a key) ends that at once.
 */
export class KeyVaultAccountKeys implements AccountKeys {
  readonly #client: SecretClient;
  readonly #onFault: (error: BrokerError) => void;
  readonly #callTimeoutMs: number;
  readonly #deadSecrets: DeadSecrets | undefined;
  readonly #entries = new Map<string, Entry>();

  constructor(client: SecretClient, options: KeyVaultAccountKeysOptions = {}) {
    this.#client = client;
    this.#onFault = options.onFault ?? (() => undefined);
    this.#deadSecrets = options.deadSecrets;
    this.#callTimeoutMs = options.callTimeoutMs ?? CALL_TIMEOUT_MS;
  }

  async current(account: StorageAccount, now: Date): Promise<AccountKey> {
    const [key, dead] = await Promise.all([
      this.#latest(account, now),
      this.#deadSecrets?.deadVersion(account, now) ?? null,
    ]);
    if (key.secretVersion === dead) throw keyIsDead(account);
    return key;
  }

  async #latest(account: StorageAccount, now: Date): Promise<AccountKey> {
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
    // If the vault failed last time, a request does not wait for it while there is a usable key.
    if (usable !== null && failure !== null) return usable;
    try {
      return await reading;
    } catch (error) {
      // Look at the entry again: a reply that there is no key has removed the remembered key.
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
    const reading = this.#read(account, entry, now).finally(() => (entry.reading = null));
    // There may be nothing waiting for it; `#read` has reported the failure.
    reading.catch(() => undefined);
    entry.reading = reading;
    return reading;
  }

  async #read(account: StorageAccount, entry: Entry, sentAt: Date): Promise<AccountKey> {
    const started = performance.now();
    try {
      const key = accountKeyIn(await this.#getSecret(account), account, sentAt);
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

  #getSecret(account: StorageAccount): Promise<KeyVaultSecret> {
    const { keys } = account;
    if (keys === null) return Promise.reject(noSecretConfigured(account));
    return withTimeout(this.#callTimeoutMs, (abortSignal) =>
      this.#client.getSecret(keys.secretName, { abortSignal }),
    );
  }
}

function accountKeyIn(secret: KeyVaultSecret, account: StorageAccount, sentAt: Date): AccountKey {
  const key = parseAccountKey(secret.value ?? '', account);
  if (!key.ok) throw noKeyInSecret(account, key.fault.message);
  return {
    kind: 'account',
    value: key.value,
    keyId: keyIdOf(hashKey(key.value)),
    name: keyNameOf(secret.properties.tags),
    secretVersion: secret.properties.version ?? '',
    usableUntil: addSeconds(sentAt, account.keyCache + account.keyStaleMax),
  };
}
