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

/** Returns true if the secret holds the key and does not name the other key, so rows of its tokens do not either. */
export function publishes(secret: SecretFact | null, key: KeyName, hashes: KeyHashes): boolean {
  return secret?.hash === hashes[key] && (secret.name === null || secret.name === key);
}

/** Returns the key that the secret holds under the other key's name; null if there is none. */
export function misnamedIn(secret: SecretFact | null, hashes: KeyHashes): KeyName | null {
  const held = KEY_NAMES.find((key) => secret !== null && secret.hash === hashes[key]) ?? null;
  return held === null || publishes(secret, held, hashes) ? null : held;
}

/**
 * Records in the journal that a key is published under the other key's name. This comes before the tag is corrected,
 * because nothing shows afterwards that rows with that name belong to this key's tokens.
 */
export function rememberMisnamed(
  journal: RotationJournal,
  { secret }: Facts,
  context: RotationContext,
): Step | null {
  const key = misnamedIn(secret ?? null, journal.hashes);
  if (key === null || journal.misnamed.includes(key)) return null;
  // A count of the standby's tokens that looked for its own name only has missed some of them.
  const anew = key === standbyOf(journal) ? UNCOUNTED : {};
  return save(journal, { ...anew, misnamed: [...journal.misnamed, key] }, context);
}
