import { createHash } from 'node:crypto';
import type { KeyName } from '../azure/services.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import type { KeyHashes } from './rotation-journal.ts';

/** Returns the lower-case hex SHA-256 of a key's base64 text. */
export function hashKey(key: SecretText): string {
  return createHash('sha256').update(key.reveal()).digest('hex');
}

/** Returns the hashes of both keys, as the journal keeps them. */
export function hashKeys(keys: Readonly<Record<KeyName, SecretText>>): KeyHashes {
  return { key1: hashKey(keys.key1), key2: hashKey(keys.key2) };
}
