import { createHash } from 'node:crypto';
import type { KeyName } from '../azure/services.ts';
import type { SecretText } from './signing-keys.ts';

/** Lower-case hex SHA-256 of each key's decoded bytes: distinguishes keys without holding one. */
export type KeyHashes = Readonly<Record<KeyName, string>>;

const KEY_ID_DIGITS = 16;

/** Returns the lower-case hex SHA-256 of an account key's bytes, which its text holds as base64. */
export function hashKey(key: SecretText): string {
  return createHash('sha256').update(Buffer.from(key.reveal(), 'base64')).digest('hex');
}

/** Returns the hashes of both keys, as the journal keeps them. */
export function hashKeys(keys: Readonly<Record<KeyName, SecretText>>): KeyHashes {
  return { key1: hashKey(keys.key1), key2: hashKey(keys.key2) };
}

/**
 * Returns the id of a key's value: the first 16 digits of its hash. Storage logs show the same digits in
 * `AuthenticationHash`, in upper case: `key1(<id>…)`.
 */
export function keyIdOf(hash: string): string {
  return hash.slice(0, KEY_ID_DIGITS);
}
