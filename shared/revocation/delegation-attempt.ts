import { failureReason } from '../azure-calls/failure.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds, laterOf } from '../iso-time.ts';
import { CurrentJournal } from '../rotation/current-journal.ts';
import type { DelegationOrder, RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';
import {
  type AttemptResult,
  type DelegationAttempt,
  recordAnswer,
  roundUpToSecond,
} from './delegation-answer.ts';

/** A mark that is further ahead was set by a wrong clock. */
const MAX_AHEAD_SECONDS = 3600;

/** Returns the mark of a request that may take effect until `settle` seconds after `until`: later than the journal's. */
export function nextMark({ delegationRevokedAt: known }: RotationJournal, until: Date, settle: number): Date {
  const atLatest = roundUpToSecond(addSeconds(until, settle));
  if (known === null || known > addSeconds(atLatest, MAX_AHEAD_SECONDS)) return atLatest;
  return laterOf(atLatest, addSeconds(known, 1));
}

/** Returns until when a request that was sent before may still take effect; null if none may. */
export function earlierMarkOf({ delegationOrder: order, delegationRevokedAt }: RotationJournal): Date | null {
  return order?.mayHaveLanded === false ? order.revokedAtBefore : delegationRevokedAt;
}

/**
 * Returns the journal with the order and its mark, both in one save. The order counts as possibly carried out from here
 * on, because after a crash nothing tells whether the request was sent.
 */
export function beginAttempt(journal: RotationJournal, order: DelegationOrder, mark: Date): RotationJournal {
  return {
    ...journal,
    delegationRevokedAt: mark,
    delegationOrder: { ...order, mayHaveLanded: true, lastError: null },
    notBefore: null,
  };
}

/**
 * Records the death, sends the request, and journals what its answer means. Instances drop delegation keys from before
 * the journal's `delegationRevokedAt`, so the mark must not be missing while keys are dead, and tokens must not count as
 * live while the request may be in flight. Both are therefore set before the request, and set back after its answer.
 * @throws BrokerError `storage_unavailable`, `conflict`; the order stays in the journal then, and the timer sends it again.
 */
export async function sendAttempt(ports: RotationPorts, attempt: DelegationAttempt): Promise<AttemptResult> {
  const { account, waits, order, mark, until } = attempt;
  const { at, by, byName, reason } = order;
  const dead = { what: 'delegation-keys', before: mark, settled: false } as const;
  const death = { id: order.death, account: account.name, dead, order: { at, by, byName, reason } };
  let isOpen: boolean;
  try {
    isOpen = await ports.deaths.order(death, addSeconds(ports.clock(), waits.callTimeoutSeconds));
  } catch (error) {
    // Nothing was sent, so the order is as it was before.
    await recordAnswer(ports, attempt, { ...NOT_SENT, reason: failureReason(error) });
    throw error;
  }
  if (!isOpen) {
    const { journal } = await recordAnswer(ports, attempt, { outcome: 'done' });
    return { outcome: 'overtaken', journal };
  }
  const answer = await ports.managedKeys.revokeDelegationKeys(account, until);
  const result = await recordAnswer(ports, attempt, answer);
  await flushOutbox(ports, account, waits);
  return result;
}

const NOT_SENT = { outcome: 'held-up', retryAt: null, mayHaveLanded: false } as const;

/** Writes the journal's events now; if that fails, the timer writes them. */
async function flushOutbox(
  ports: RotationPorts,
  account: StorageAccount,
  { callTimeoutSeconds }: RotationWaits,
): Promise<void> {
  try {
    const entry = await ports.journals.load(account.name);
    await new CurrentJournal(ports, account.name, entry).writeOutbox(callTimeoutSeconds);
  } catch (error) {
    ports.log('revocation held up', { account: account.name, reason: failureReason(error) });
  }
}
