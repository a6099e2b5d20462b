import type { KeyName } from '../azure/services.ts';
import { orderedDeath } from './key-death.ts';
import type { ReturnPoint, RotationJournal, RotationRequest } from './rotation-journal.ts';

/**
 * Returns the journal with keys marked as compromised by an operator. They are replaced next, whatever depends on them;
 * an account that rotation leaves alone returns to its phase afterwards. What dies is each key's present value, and the
 * journal orders its death in the same save.
 */
export function markCompromised(
  journal: RotationJournal,
  keys: readonly KeyName[],
  order: RotationRequest,
): RotationJournal {
  return {
    ...journal,
    compromised: [...new Set([...journal.compromised, ...keys])],
    request: order,
    returnTo: returnPointOf(journal),
    // The operator wants it now, so an earlier "come back later" of a service is ignored.
    notBefore: null,
    unrecordedDeaths: [
      ...journal.unrecordedDeaths,
      ...keys.map((key) => orderedDeath(journal.account, journal.hashes, key, order)),
    ],
  };
}

/** Returns where a revocation that begins now ends; null if the account is in rotation. */
export function returnPointOf({ phase, lastError, returnTo }: RotationJournal): ReturnPoint | null {
  return phase === 'observed' || phase === 'paused' ? { phase, lastError } : returnTo;
}

/** Returns the changes with which a revocation ends: the account gets the reason for its pause back. */
export function endOfRevocation({
  returnTo,
}: RotationJournal): Pick<RotationJournal, 'returnTo' | 'lastError'> {
  return { returnTo: null, lastError: returnTo?.lastError ?? null };
}
