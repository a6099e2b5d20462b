import { isDeepStrictEqual } from 'node:util';
import type { Rejection, Result } from '../../shared/result.ts';
import type { RotationJournal } from '../../shared/rotation/rotation-journal.ts';
import { journalText, parseJournal } from '../../shared/rotation/table-journal-text.ts';

type Parsed = Result<RotationJournal, Rejection>;

/** More than the different journals of one flow. */
const MOST = 2000;
/** Results of `parseJournal`, by account and text, because tests that play a flow again and again parse the same texts. */
const known = new Map<string, Parsed>();

/** Returns what `parseJournal` returns. A journal may be shared by callers, so it is frozen. */
export function parseKnownJournal(text: string, account: string): Parsed {
  const key = `${account}\n${text}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const parsed = parseJournal(text, account);
  if (parsed.ok) Object.freeze(parsed.value);
  if (known.size === MOST) known.clear();
  known.set(key, parsed);
  return parsed;
}

/** Returns what `journalText` returns, and throws what it throws. It compares every journal with its parsed text, too. */
export function knownJournalText(journal: RotationJournal): string {
  const text = JSON.stringify(journal);
  const before = known.get(`${journal.account}\n${text}`);
  return before?.ok && isDeepStrictEqual(before.value, journal) ? text : journalText(journal);
}
