import { KEY_NAMES, type KeyName } from '../azure/services.ts';
import { MANAGED_BY, type PublishedSecret } from './published-secrets.ts';
import { hashKey, type KeyHashes } from '../keys/key-hash.ts';

/** The published secret as the state machine sees it, without its value. */
export interface SecretFact {
  readonly version: string;
  /** The key's hash; null if the version is disabled or does not hold a key. */
  readonly hash: string | null;
  /** The key that its tag names, which audit rows repeat for people to read; null if it names neither. */
  readonly name: KeyName | null;
  readonly managedBy: string | null;
}

/** Returns the published secret as the state machine sees it, without its value; null if there is no secret. */
export function secretFact(secret: PublishedSecret | null): SecretFact | null {
  if (secret === null) return null;
  const { version, key, enabled, name, managedBy } = secret;
  return { version, hash: key === null || !enabled ? null : hashKey(key), name, managedBy };
}

/** Returns the key whose value the secret holds, under either name; null if it holds neither. */
export function findHeldKey(secret: SecretFact | null, hashes: KeyHashes): KeyName | null {
  return KEY_NAMES.find((key) => secret !== null && secret.hash === hashes[key]) ?? null;
}

/** Returns true if the secret holds the key and does not name the other key, which would mislead people who read rows. */
export function isPublished(secret: SecretFact | null, key: KeyName, hashes: KeyHashes): boolean {
  return secret?.hash === hashes[key] && (secret.name === null || secret.name === key);
}

/** Tells an operator why the broker leaves an account alone. */
export const MANAGED_ELSEWHERE =
  'the published secret is managed outside the broker, according to its ManagedBy tag';

/** Returns true if the secret's tag says that something outside the broker publishes it. */
export function isManagedElsewhere(secret: SecretFact | null): boolean {
  const manager = secret?.managedBy ?? null;
  return manager !== null && manager !== MANAGED_BY;
}
