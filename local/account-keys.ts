import { randomBytes } from 'node:crypto';
import { readState } from './state-file.ts';

export type KeyName = 'key1' | 'key2';
/** Two base64 keys of 64 bytes. */
export type KeyPair = Record<KeyName, string>;
export type AccountKeys = Record<string, KeyPair>;

export const newKey = (): string => randomBytes(64).toString('base64');
export const newKeyPair = (): KeyPair => ({ key1: newKey(), key2: newKey() });

/** Azurite's own account with its published key, for AzureWebJobsStorage of `func start`; it guards nothing. */
const wellKnownKey =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** The stored keys, with new ones for those of `names` that have none yet. */
export function loadAccountKeys(file: string, names: readonly string[]): AccountKeys {
  const stored = (readState(file) ?? {}) as AccountKeys;
  const missing = names.filter((name) => !(name in stored)).map((name) => [name, newKeyPair()] as const);
  return {
    ...stored,
    ...Object.fromEntries(missing),
    devstoreaccount1: { key1: wellKnownKey, key2: wellKnownKey },
  };
}

/** The text Azurite reads from AZURITE_ACCOUNTS. */
export function toAzuriteAccounts(keys: AccountKeys): string {
  return Object.entries(keys)
    .map(([name, { key1, key2 }]) => `${name}:${key1}:${key2}`)
    .join(';');
}
