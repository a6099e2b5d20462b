import type { NeededRows } from '../audit/purge-audit.ts';
import { clockSkewOf, type StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { RotationJournal, RotationJournals } from './rotation-journal.ts';

/**
 * Returns the earliest instant from which on the audit rows of any account are needed, whatever their age; null: none are.
 * Reads every account's journal, also those of accounts whose rotation was removed from broker.json.
 * @throws BrokerError `storage_unavailable` if a journal cannot be read: it may be the one that still counts.
 */
export async function findRowsInUse(
  journals: Pick<RotationJournals, 'load'>,
  accounts: Iterable<StorageAccount>,
): Promise<NeededRows | null> {
  let earliest: NeededRows | null = null;
  for (const account of accounts) {
    const { journal } = await journals.load(account.name);
    const since = journal === null ? null : rowsNeededSince(journal, clockSkewOf(account));
    if (since !== null && (earliest === null || since < earliest.since))
      earliest = { account: account.name, since };
  }
  return earliest;
}

/**
 * Returns the instant from which on a journal's account needs its rows; null: it needs none. Tokens of a demoted key that
 * expire after its demotion are what a drain waits for, and a count that later ticks continue asks for the tokens that were
 * live when it began.
 * @param clockSkew in whole seconds. A count includes tokens that expired this long before it began, and the instants come
 * from another host's clock.
 */
export function rowsNeededSince(
  { demotedAt, tally }: Pick<RotationJournal, 'demotedAt' | 'tally'>,
  clockSkew: number,
): Date | null {
  const instants = [demotedAt, tally?.demotedAt, tally?.begunAt].filter((at) => at instanceof Date);
  if (instants.length === 0) return null;
  return addSeconds(new Date(Math.min(...instants.map(Number))), -clockSkew);
}
