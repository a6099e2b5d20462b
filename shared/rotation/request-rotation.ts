import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { advanceRotation } from './advance-rotation.ts';
import type { RotationPorts } from './rotation-ports.ts';
import type { JournalEntry, RotationJournal } from './rotation-journal.ts';
import { nextDue, type RotationWaits } from './rotation-waits.ts';

/** An operator's call. */
export interface RotationOrder {
  /** `issuer/subject` of the operator. */
  readonly by: string;
  readonly reason: string;
  /** The operator takes an observed or paused account over. */
  readonly takeOver: boolean;
}

/** Another instance may save in between, but not for ever. */
const TRIES = 5;

/**
 * Orders a rotation now: the next tick begins it.
 * @returns the journal with the order in it, or what stands against it.
 * @throws BrokerError `storage_unavailable`, or `conflict` where other instances keep the journal busy.
 */
export async function requestRotation(
  ports: RotationPorts,
  account: StorageAccount,
  waits: RotationWaits,
  order: RotationOrder,
): Promise<
  | { readonly accepted: true; readonly journal: RotationJournal }
  | { readonly accepted: false; readonly journal: RotationJournal; readonly why: string }
> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { journal, etag } = await loadOrObserve(ports, account, waits);
    if (journal === null) break;
    const why = objection(journal, order);
    if (why !== null) return { accepted: false, journal, why };
    const saved = await ports.journals.save(orderRotation(journal, order, waits, ports.clock()), etag);
    if (saved?.journal) return { accepted: true, journal: saved.journal };
  }
  throw new BrokerError('conflict', 'The account’s rotation is busy; try again.');
}

/** An account that was never looked at is looked at first: what its keys are is not to be assumed. */
async function loadOrObserve(
  ports: RotationPorts,
  account: StorageAccount,
  waits: RotationWaits,
): Promise<JournalEntry> {
  const entry = await ports.journals.load(account.name);
  if (entry.journal !== null) return entry;
  await advanceRotation(ports, account, waits);
  return ports.journals.load(account.name);
}

function objection(journal: RotationJournal, order: RotationOrder): string | null {
  const { phase, request } = journal;
  if (phase === 'steady') return request === null ? null : 'a rotation has been ordered already';
  if (phase !== 'observed' && phase !== 'paused') return `a rotation runs already: it is ${phase}`;
  if (order.takeOver) return null;
  const why =
    phase === 'observed' ? 'is only observed' : `is paused: ${journal.lastError ?? 'no reason is known'}`;
  return `this account ${why}. Rotating it regenerates both keys in turn; whether applications elsewhere use either one, or hold tokens that another tool signed with it, cannot be known here. Say "takeOver": true to rotate it all the same`;
}

function orderRotation(
  journal: RotationJournal,
  order: RotationOrder,
  waits: RotationWaits,
  now: Date,
): RotationJournal {
  const request = { by: order.by, reason: order.reason, at: now };
  if (journal.phase === 'steady') return { ...journal, request };
  const event = { at: now, type: 'rotation-steady', actor: order.by, detail: `taken over: ${order.reason}` };
  return {
    ...journal,
    request,
    phase: 'steady',
    takenOver: true,
    lastError: null,
    dueAt: nextDue(journal.account, now, waits.every),
    outbox: [...journal.outbox, event],
  };
}
