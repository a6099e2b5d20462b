import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { advanceRotation } from './advance-rotation.ts';
import { changeJournal } from './change-journal.ts';
import { errorText } from './error-text.ts';
import type { JournalEntry, RotationEvent, RotationJournal } from './rotation-journal.ts';
import type { RotationPorts } from './rotation-ports.ts';
import { nextDue, type RotationWaits } from './rotation-waits.ts';

/** An operator's order to rotate an account now. */
export interface RotationOrder {
  /** `issuer/subject` of the operator. */
  readonly by: string;
  /** The operator's name, for people to read. */
  readonly byName: string | null;
  readonly reason: string;
  /** The operator takes over an observed or paused account. */
  readonly takeOver: boolean;
}

/** What became of an order: the journal that holds it, or why it was refused. */
export type OrderedRotation =
  | { readonly accepted: true; readonly journal: RotationJournal }
  | { readonly accepted: false; readonly journal: RotationJournal; readonly why: string };

/**
 * Orders a rotation, which the next tick starts.
 * @throws BrokerError `storage_unavailable`, or `conflict` if other instances keep the journal busy.
 */
export async function requestRotation(
  ports: RotationPorts,
  account: StorageAccount,
  waits: RotationWaits,
  order: RotationOrder,
): Promise<OrderedRotation> {
  const read = () => loadOrObserve(ports, account, waits);
  const { saved, journal } = await changeJournal(ports.journals, await read(), read, (current) =>
    objection(current, order) === null ? withOrder(current, order, waits, ports.clock()) : null,
  );
  if (journal === null)
    throw new BrokerError('conflict', 'The broker has not been able to observe this account yet. Try again.');
  if (saved) return { accepted: true, journal };
  return { accepted: false, journal, why: objection(journal, order) ?? '' };
}

/** Observes the account first if it has no journal, because nothing may be assumed about its keys. */
export async function loadOrObserve(
  ports: RotationPorts,
  account: StorageAccount,
  waits: RotationWaits,
): Promise<JournalEntry> {
  const entry = await ports.journals.load(account.name);
  if (entry.journal !== null) return entry;
  await advanceRotation(ports, account, waits);
  return ports.journals.load(account.name);
}

/** Returns why the order cannot be accepted, as the rest of a sentence; null if it can. */
function objection(journal: RotationJournal, order: RotationOrder): string | null {
  const { phase, request, returnTo } = journal;
  if (returnTo !== null && order.takeOver) return null;
  if (phase === 'steady') return request === null ? null : 'a rotation has already been ordered';
  if (phase !== 'observed' && phase !== 'paused') return `a rotation is already in progress (phase ${phase})`;
  if (order.takeOver) return null;
  const why =
    phase === 'observed'
      ? 'the broker only observes this account'
      : `this account is paused: ${errorText(journal) ?? 'the reason is unknown'}`;
  return `${why}. A rotation regenerates both keys, one after the other. The broker cannot know whether applications outside it use either key, or hold tokens that another tool signed with one. Send "takeOver": true to rotate the account anyway`;
}

function withOrder(
  journal: RotationJournal,
  order: RotationOrder,
  waits: RotationWaits,
  now: Date,
): RotationJournal {
  const request = { by: order.by, byName: order.byName, reason: order.reason, at: now };
  if (journal.phase === 'steady') return { ...journal, request };
  const isRevoked = journal.returnTo !== null;
  const rests = journal.phase === 'observed' || journal.phase === 'paused';
  const phase = rests ? 'steady' : journal.phase;
  const event: RotationEvent = {
    at: now,
    type: `rotation-${phase}`,
    actor: order.by,
    actorName: order.byName,
    phase,
    activeKey: journal.active,
    detail: `taken over: ${order.reason}`,
  };
  return {
    ...journal,
    // The events of a revocation keep its operator's name. The rotation is due as soon as the revocation is over.
    request: isRevoked ? journal.request : request,
    dueAt: isRevoked ? now : nextDue(journal.account, now, waits.every),
    phase,
    takenOver: true,
    returnTo: null,
    unpublished: rests ? false : journal.unpublished,
    lastError: rests ? null : journal.lastError,
    outbox: [...journal.outbox, event],
  };
}
