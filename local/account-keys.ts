import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readState, writeState } from './state-file.ts';

export type KeyName = 'key1' | 'key2';
/** Two base64 keys of 64 bytes each. */
export type KeyPair = Record<KeyName, string>;
export type AccountKeys = Record<string, KeyPair>;
/** When each key was created, in ISO 8601; null if the key is older than Azure's record of creation times. */
export type KeyTimes = Record<KeyName, string | null>;

export const generateKey = (): string => randomBytes(64).toString('base64');

/** Azurite's built-in account, for AzureWebJobsStorage of `func start`. Its key is public and protects nothing. */
const builtInAccount = 'devstoreaccount1';
const builtInKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const keysFileName = 'keys.json';
const timesFileName = 'key-times.json';
/** The files that `Accounts` keeps in the stack's folder. */
export const accountFiles = [keysFileName, timesFileName] as const;

/** The keys of every account and when each was created. Saves a change to disk before storage learns of it. */
export class Accounts {
  readonly keysFile: string;
  readonly #timesFile: string;
  readonly #keys: AccountKeys;
  readonly #times: Record<string, KeyTimes>;

  /** Reads the stored accounts and adds those of `names` that are missing, with new keys. */
  constructor(folder: string, names: readonly string[]) {
    this.keysFile = join(folder, keysFileName);
    this.#timesFile = join(folder, timesFileName);
    this.#keys = (readState(this.keysFile) ?? {}) as AccountKeys;
    this.#times = (readState(this.#timesFile) ?? {}) as Record<string, KeyTimes>;
    for (const name of names) if (!this.#keys[name]) this.add(name);
    this.#keys[builtInAccount] = { key1: builtInKey, key2: builtInKey };
    this.#save();
  }

  /** Returns a copy of all keys by account name. */
  keys(): AccountKeys {
    return structuredClone(this.#keys);
  }

  /** Returns the account with that name, ignoring case, or undefined. */
  find(name: string): { name: string; keys: KeyPair; times: KeyTimes } | undefined {
    const storedName = name.toLowerCase();
    const keys = Object.hasOwn(this.#keys, storedName) ? this.#keys[storedName] : undefined;
    return keys && { name: storedName, keys, times: this.#times[storedName] ?? { key1: null, key2: null } };
  }

  /** Adds an account with two new keys. Throws if the name is in use. */
  add(name: string, times: KeyTimes = { key1: currentTime(), key2: currentTime() }): KeyPair {
    if (this.find(name)) throw new Error(`The account "${name}" already exists.`);
    this.#times[name] = times;
    const pair = (this.#keys[name] = { key1: generateKey(), key2: generateKey() });
    this.#save();
    return pair;
  }

  /** Replaces a key and sets its creation time to now. Throws if the account does not exist. */
  setKey(name: string, key: KeyName, value = generateKey()): KeyPair {
    const account = this.find(name);
    if (!account) throw new Error(`The account "${name}" does not exist.`);
    this.#times[account.name] = { ...account.times, [key]: currentTime() };
    const pair = (this.#keys[account.name] = { ...account.keys, [key]: value });
    this.#save();
    return pair;
  }

  /** Formats all accounts for Azurite's environment variable AZURITE_ACCOUNTS. */
  toAzurite(): string {
    return Object.entries(this.#keys)
      .map(([name, { key1, key2 }]) => `${name}:${key1}:${key2}`)
      .join(';');
  }

  #save(): void {
    // Save the times first. If the process is killed between the two writes, the times are too new and the broker
    // investigates; with the opposite order, it would never notice that a key changed.
    writeState(this.#timesFile, this.#times);
    writeState(this.keysFile, this.#keys);
  }
}

const currentTime = (): string => new Date().toISOString();
