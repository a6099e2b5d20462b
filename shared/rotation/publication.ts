import type { RotationJournal } from './rotation-journal.ts';

/** Stands in `lastError` from when it was seen until it is mended. */
export const NOT_PUBLISHED = 'the published secret does not hold the active key';

export const isNoted = ({ lastError }: RotationJournal): boolean =>
  lastError?.endsWith(NOT_PUBLISHED) ?? false;

/** Kept besides what was there: a paused account does not lose the reason why it is. */
export function withNote({ lastError }: RotationJournal): string {
  return lastError === null ? NOT_PUBLISHED : `${lastError}; ${NOT_PUBLISHED}`;
}

export function withoutNote(journal: RotationJournal): string | null {
  const { lastError } = journal;
  if (lastError === null || !isNoted(journal)) return lastError;
  return lastError === NOT_PUBLISHED ? null : lastError.slice(0, -`; ${NOT_PUBLISHED}`.length);
}
