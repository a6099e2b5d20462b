import type { KeyName } from '../azure/services.ts';
import { save, UNCOUNTED } from './make-step.ts';
import type { KeyHashes } from '../keys/key-hash.ts';
import type { RotationJournal } from './rotation-journal.ts';
import type { Facts, RotationContext, Step } from './rotation-step.ts';
import { findHeldKey, isPublished, type SecretFact } from './secret-fact.ts';
import { standbyOf } from './standby.ts';

/** Returns the key that the secret holds under the other key's name; null if there is none. */
export function findMisnamedKey(secret: SecretFact | null, hashes: KeyHashes): KeyName | null {
  const held = findHeldKey(secret, hashes);
  return held === null || isPublished(secret, held, hashes) ? null : held;
}

/**
 * Records in the journal that a key is published under the other key's name. This comes before the tag is corrected,
 * because nothing shows afterwards that rows with that name belong to this key's tokens.
 */
export function recordMisnamedKey(
  journal: RotationJournal,
  { secret }: Facts,
  context: RotationContext,
): Step | null {
  const key = findMisnamedKey(secret ?? null, journal.hashes);
  if (key === null || journal.misnamed.includes(key)) return null;
  // A count of the standby's tokens that looked for its own name only has missed some of them.
  const discardedCount = key === standbyOf(journal) ? UNCOUNTED : {};
  return save(journal, { ...discardedCount, misnamed: [...journal.misnamed, key] }, context);
}
