import { signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { RotationJournal } from './rotation-journal.ts';
import type { RotationWaits } from './rotation-waits.ts';

/**
 * Returns true if a rotation, an order to rotate or a revocation has not ended by the time at which, by the account's
 * settings, it should have. An order counts from when it was given. On an account whose keys storage does not accept, only
 * a revocation of user delegation keys can be overdue, because its rotation is suspended.
 */
export function isOverdue(
  account: StorageAccount,
  journal: RotationJournal,
  waits: RotationWaits,
  now: Date,
): boolean {
  const isLate = (since: Date, patience: number): boolean => now > addSeconds(since, patience);
  const { delegationOrder } = journal;
  if (delegationOrder !== null && isLate(delegationOrder.at, waits.revocationPatience)) return true;
  if (!signsWithKeys(account)) return false;
  const { phase, demotedAt, dueAt, request, compromised } = journal;
  if (dueAt !== null && isLate(dueAt, waits.patience)) return true;
  // Without a request, nothing says since when the key should be dead.
  if (compromised.length > 0) return request === null || isLate(request.at, waits.revocationPatience);
  const isEnding = phase === 'draining' || phase === 'retiring';
  if (isEnding && demotedAt !== null) return isLate(demotedAt, waits.patience);
  // A standby of unknown status drains before the rotation, and the former key drains in it.
  return request !== null && isLate(request.at, isEnding ? 2 * waits.patience : waits.patience);
}
