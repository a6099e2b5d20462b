import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readState, writeState } from './state-file.ts';

export type KeyName = 'key1' | 'key2';
/** Two base64 keys of 64 bytes. */
export type KeyPair = Record<KeyName, string>;
export type AccountKeys = Record<string, KeyPair>;
/** ISO 8601; null for keys older than Azure's records of them. */
export type KeyTimes = Record<KeyName, string | null>;

export const newKey = (): string => randomBytes(64).toString('base64');

/** Azurite's own account with its published key, for AzureWebJobsStorage of `func start`; it guards nothing. */
const wellKnownKey =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export const accountFiles = ['keys.json', 'key-times.json'] as const;

/** Every account's keys and their creation times, saved before a change is told to storage. */
export class Accounts {
  readonly keysFile: string;
  readonly #timesFile: string;
  readonly #keys: AccountKeys;
  readonly #times: Record<string, KeyTimes>;

  /** The stored ones, with new keys for those of `names` that have none yet. */
  constructor(folder: string, names: readonly string[]) {
    [this.keysFile, this.#timesFile] = accountFiles.map((file) => join(folder, file)) as [string, string];
    this.#keys = (readState(this.keysFile) ?? {}) as AccountKeys;
    this.#times = (readState(this.#timesFile) ?? {}) as Record<string, KeyTimes>;
    for (const name of names) if (!this.#keys[name]) this.add(name);
    this.#keys['devstoreaccount1'] = { key1: wellKnownKey, key2: wellKnownKey };
    this.#save();
  }

  /** A copy. */
  keys(): AccountKeys {
    return structuredClone(this.#keys);
  }

  /** The account of that name, whatever its case, or undefined. */
  find(name: string): { name: string; keys: KeyPair; times: KeyTimes } | undefined {
    const known = name.toLowerCase();
    const keys = Object.hasOwn(this.#keys, known) ? this.#keys[known] : undefined;
    return keys && { name: known, keys, times: this.#times[known] ?? { key1: null, key2: null } };
  }

  /** Throws if there is one of that name. */
  add(name: string, times: KeyTimes = { key1: now(), key2: now() }): KeyPair {
    if (this.find(name)) throw new Error(`There is an account "${name}" already.`);
    this.#times[name] = times;
    const pair = (this.#keys[name] = { key1: newKey(), key2: newKey() });
    this.#save();
    return pair;
  }

  /** Replaces a key, which is thereby as old as now. Throws if there is no such account. */
  setKey(name: string, key: KeyName, value = newKey()): KeyPair {
    const account = this.find(name);
    if (!account) throw new Error(`There is no account "${name}".`);
    this.#times[account.name] = { ...account.times, [key]: now() };
    const pair = (this.#keys[account.name] = { ...account.keys, [key]: value });
    this.#save();
    return pair;
  }

  /** The text Azurite reads from AZURITE_ACCOUNTS. */
  toAzurite(): string {
    return Object.entries(this.#keys)
      .map(([name, { key1, key2 }]) => `${name}:${key1}:${key2}`)
      .join(';');
  }

  #save(): void {
    // Times first: after a kill in between, a time too new is looked into, a key that changed unseen is not.
    writeState(this.#timesFile, this.#times);
    writeState(this.keysFile, this.#keys);
  }
}

const now = (): string => new Date().toISOString();
