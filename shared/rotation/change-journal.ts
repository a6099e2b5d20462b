import { BrokerError } from '../broker-error.ts';
import type { JournalEntry, RotationJournal, RotationJournals } from './rotation-journal.ts';

/** Another instance may save between a read and a save, but losing again and again must end. */
const TRIES = 5;

/** What became of a change: the journal as it is now, saved or not. */
export interface JournalChange {
  readonly saved: boolean;
  readonly journal: RotationJournal | null;
}

/**
 * Changes a journal under its ETag. If another instance was faster, the journal is read again and the change decided
 * again.
 * @param entry the journal as it was read.
 * @param reload reads it again; what it throws ends the change.
 * @param change returns the new journal, or null to leave it as it is.
 * @throws BrokerError `conflict` if other instances keep the journal busy; `storage_unavailable`.
 */
export async function changeJournal(
  journals: Pick<RotationJournals, 'save'>,
  entry: JournalEntry,
  reload: () => Promise<JournalEntry>,
  change: (journal: RotationJournal) => RotationJournal | null,
): Promise<JournalChange> {
  let { journal, etag } = entry;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const changed = journal && change(journal);
    if (changed === null) return { saved: false, journal };
    const saved = await journals.save(changed, etag);
    if (saved !== null) return { saved: true, journal: saved.journal };
    ({ journal, etag } = await reload());
  }
  throw new BrokerError('conflict', 'Other instances are changing the rotation of this account. Try again.');
}
