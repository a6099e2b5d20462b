import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import { changeJournal } from '../rotation/change-journal.ts';
import type { DelegationOrder, RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';
import type { DelegationAttempt } from './delegation-answer.ts';
import { beginAttempt, earlierMarkOf, nextMark, sendAttempt } from './delegation-attempt.ts';

/**
 * Sends the account's pending order to revoke user delegation keys again, if there is one, nobody waits for its answer and
 * no `Retry-After` forbids it.
 * @throws BrokerError `storage_unavailable`, `conflict`.
 */
export async function continueDelegationOrder(
  ports: RotationPorts,
  account: StorageAccount,
  waits: RotationWaits,
): Promise<void> {
  const { journals, clock } = ports;
  const read = () => journals.load(account.name);
  // The journal may change before it is saved; then the attempt is begun again.
  const begun: DelegationAttempt[] = [];
  const { saved } = await changeJournal(journals, await read(), read, (journal) => {
    const order = journal.delegationOrder;
    if (order === null || !isDue(journal, order, waits, clock())) return null;
    // The process may have been frozen while it read the journal, so the time is read after it.
    const until = addSeconds(clock(), waits.callTimeoutSeconds);
    const mark = nextMark(journal, until, waits.settle);
    begun.push({ account, waits, order, mark, until, earlierMark: earlierMarkOf(journal) });
    return beginAttempt(journal, order, mark);
  });
  const attempt = begun.at(-1);
  if (saved && attempt !== undefined) await sendAttempt(ports, attempt);
}

function isDue(
  { notBefore, delegationRevokedAt: mark }: RotationJournal,
  { lastError }: DelegationOrder,
  { settle, callTimeoutSeconds, clockSkew }: RotationWaits,
  now: Date,
): boolean {
  if (notBefore !== null && now < notBefore) return false;
  if (lastError !== null || mark === null) return true;
  // Without an error the request is still in flight, or its sender has died. A wait longer than a call lasts comes from a
  // wrong clock.
  const answeredBy = addSeconds(mark, -settle);
  return now >= answeredBy || answeredBy > addSeconds(now, callTimeoutSeconds + clockSkew);
}
