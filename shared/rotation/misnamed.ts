import type { KeyHashes, RotationJournal } from './rotation-journal.ts';
import {
  save,
  standbyOf,
  UNCOUNTED,
  type Facts,
  type RotationContext,
  type SecretFact,
  type Step,
} from './rotation-step.ts';
import { KEY_NAMES, type KeyName } from '../azure/services.ts';

/** Whether the secret holds the key, and rows of what is signed with it can be told to be its own. */
export function publishes(secret: SecretFact | null, key: KeyName, hashes: KeyHashes): boolean {
  return secret?.hash === hashes[key] && (secret.name === null || secret.name === key);
}

/** The key that the secret holds under the other's name; null: none. */
export function misnamedIn(secret: SecretFact | null, hashes: KeyHashes): KeyName | null {
  const held = KEY_NAMES.find((key) => secret !== null && secret.hash === hashes[key]) ?? null;
  return held === null || publishes(secret, held, hashes) ? null : held;
}

/**
 * Remembers a key that is published under the other's name, before anything is done about that: once the tag is right
 * again nothing tells any more whose tokens those rows are.
 */
export function rememberMisnamed(
  journal: RotationJournal,
  { secret }: Facts,
  context: RotationContext,
): Step | null {
  const key = misnamedIn(secret ?? null, journal.hashes);
  if (key === null || journal.misnamed.includes(key)) return null;
  // Tokens of the standby that were counted by its name alone were not all of them.
  const anew = key === standbyOf(journal) ? UNCOUNTED : {};
  return save(journal, { ...anew, misnamed: [...journal.misnamed, key] }, context);
}
