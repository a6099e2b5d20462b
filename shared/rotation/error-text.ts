import type { RotationJournal } from './rotation-journal.ts';

/** Tells an operator that the published secret does not hold the active key. */
export const NOT_PUBLISHED = 'the published secret does not hold the active key';

/** Returns what holds an account up, for people to read; null if nothing does. */
export function errorText({ lastError, unpublished }: RotationJournal): string | null {
  const errors = [lastError, unpublished ? NOT_PUBLISHED : null].filter((text) => text !== null);
  return errors.length === 0 ? null : errors.join('; ');
}
