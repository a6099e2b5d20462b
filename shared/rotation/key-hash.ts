import { createHash } from 'node:crypto';
import type { SecretText } from '../keys/signing-keys.ts';
import type { PublishedSecret } from './published-secrets.ts';
import type { KeyHashes } from './rotation-journal.ts';
import type { SecretFact } from './rotation-step.ts';
import type { KeyName } from '../azure/services.ts';

/** Returns the lower-case hex SHA-256 of a key's base64 text. */
export function keyHash(key: SecretText): string {
  return createHash('sha256').update(key.reveal()).digest('hex');
}

/** Returns the hashes of both keys, as the journal keeps them. */
export function hashesOf(keys: Readonly<Record<KeyName, SecretText>>): KeyHashes {
  return { key1: keyHash(keys.key1), key2: keyHash(keys.key2) };
}

/** Returns the published secret as the state machine sees it, without its value; null if there is no secret. */
export function secretFact(secret: PublishedSecret | null): SecretFact | null {
  if (secret === null) return null;
  const { version, key, enabled, name, managedBy } = secret;
  return { version, hash: key === null || !enabled ? null : keyHash(key), name, managedBy };
}
