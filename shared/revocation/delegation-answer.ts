import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import { changeJournal } from '../rotation/change-journal.ts';
import type { DelegationRevocation } from '../rotation/managed-keys.ts';
import type { DelegationOrder, RotationEvent, RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';

/** One request of an order, begun in the journal and not sent yet. */
export interface DelegationAttempt {
  readonly account: StorageAccount;
  readonly waits: RotationWaits;
  /** The order as it was before this request: `mayHaveLanded` is about earlier requests only. */
  readonly order: DelegationOrder;
  /** This request's `delegationRevokedAt`: the last instant at which it may take effect. No other request has the same. */
  readonly mark: Date;
  /** When the request must be answered. */
  readonly until: Date;
  /** Until when an earlier request, of this order or another, may still take effect; null if there was none. */
  readonly earlierMark: Date | null;
}

/**
 * What became of a request. `refused`: Resource Manager turned the order down, so it is withdrawn. `overtaken`: another
 * request of the order was confirmed before this one was sent.
 */
export interface AttemptResult {
  readonly outcome: 'done' | 'refused' | 'running' | 'overtaken';
  readonly journal: RotationJournal;
}

/** Resource Manager may ask for a pause, but not for so long that an order is forgotten. */
const MAX_RETRY_AFTER_SECONDS = 3600;
const LEVER = 'revoke-delegation-keys';

/** Journals what an answer means for its order. @throws BrokerError `storage_unavailable`, `conflict`. */
export function recordAnswer(
  ports: RotationPorts,
  attempt: DelegationAttempt,
  answer: DelegationRevocation,
): Promise<AttemptResult> {
  switch (answer.outcome) {
    case 'done':
      return settle(ports, attempt);
    case 'turned-down':
      return withdraw(ports, attempt, answer.reason);
    case 'held-up':
      return holdUp(ports, attempt, answer);
  }
}

/**
 * The keys are dead now: sets the death and the mark back to this instant and removes the order. While an earlier request
 * may take effect, newer keys may die too, so the mark stays there, and a death that nothing can prove says so.
 */
async function settle(ports: RotationPorts, attempt: DelegationAttempt): Promise<AttemptResult> {
  const { account, waits, order, mark, earlierMark } = attempt;
  const { death: id, at, by, byName, reason } = order;
  const deadline = () => addSeconds(ports.clock(), waits.callTimeoutSeconds);
  const revokedAt = roundUpToSecond(ports.clock());
  const before = earlierMark !== null && earlierMark > revokedAt && earlierMark < mark ? earlierMark : null;
  if (before !== null)
    await ports.deaths.order(
      {
        id: `${id}-late`,
        account: account.name,
        dead: { what: 'delegation-keys', before, settled: false },
        order: { at, by, byName, reason },
      },
      deadline(),
    );
  await ports.deaths.setBack({ account: account.name, id }, { from: mark, to: revokedAt }, deadline());
  return changeOwn(ports, attempt, 'done', (journal) => ({
    ...journal,
    delegationRevokedAt: before ?? revokedAt,
    delegationOrder: null,
    outbox: [...journal.outbox, eventOf(journal, order, ports.clock(), 'revocation', `${LEVER}: done`)],
  }));
}

/**
 * Resource Manager turned the order down. Unless an earlier request of the order may have taken effect, nothing died: the
 * death is withdrawn and the mark restored.
 */
async function withdraw(
  ports: RotationPorts,
  attempt: DelegationAttempt,
  reason: string,
): Promise<AttemptResult> {
  const { account, waits, order } = attempt;
  const { mayHaveLanded, revokedAtBefore } = order;
  const deadline = addSeconds(ports.clock(), waits.callTimeoutSeconds);
  if (!mayHaveLanded && (await isOwn(ports, attempt)))
    await ports.deaths.withdraw({ account: account.name, id: order.death }, deadline);
  const detail = mayHaveLanded
    ? `${LEVER} was turned down, but an earlier request may have revoked the keys: ${reason}`
    : `${LEVER} was turned down, nothing was revoked: ${reason}`;
  return changeOwn(ports, attempt, 'refused', (journal) => ({
    ...journal,
    delegationRevokedAt: mayHaveLanded ? journal.delegationRevokedAt : revokedAtBefore,
    delegationOrder: null,
    outbox: [...journal.outbox, eventOf(journal, order, ports.clock(), 'revocation-refused', detail)],
  }));
}

/** The order stays, and the timer sends it again. */
function holdUp(
  ports: RotationPorts,
  attempt: DelegationAttempt,
  { reason, retryAt, mayHaveLanded }: Extract<DelegationRevocation, { outcome: 'held-up' }>,
): Promise<AttemptResult> {
  const { order } = attempt;
  const latest = addSeconds(ports.clock(), MAX_RETRY_AFTER_SECONDS);
  return changeOwn(ports, attempt, 'running', (journal) => ({
    ...journal,
    delegationOrder: {
      ...order,
      mayHaveLanded: order.mayHaveLanded || mayHaveLanded,
      lastError: reason,
    },
    notBefore: retryAt === null ? journal.notBefore : retryAt < latest ? retryAt : latest,
  }));
}

/**
 * Changes the journal only while the mark is this request's. A later mark belongs to a request of another operator or
 * instance that may be in flight, and that one ends the order.
 */
async function changeOwn(
  { journals }: RotationPorts,
  { account, order, mark }: DelegationAttempt,
  outcome: AttemptResult['outcome'],
  change: (journal: RotationJournal) => RotationJournal,
): Promise<AttemptResult> {
  const read = () => journals.load(account.name);
  const entry = await read();
  const changed = await changeJournal(journals, entry, read, (journal) =>
    hasMark(journal, order, mark) ? change(journal) : null,
  );
  const journal = changed.journal ?? entry.journal;
  if (journal === null) throw new Error(`the journal of ${account.name} is gone`);
  const isOver = changed.saved || (outcome === 'done' && journal.delegationOrder === null);
  return { outcome: isOver ? outcome : 'running', journal };
}

async function isOwn({ journals }: RotationPorts, { account, order, mark }: DelegationAttempt) {
  const { journal } = await journals.load(account.name);
  return journal !== null && hasMark(journal, order, mark);
}

function hasMark(journal: RotationJournal, { death }: DelegationOrder, mark: Date): boolean {
  return (
    journal.delegationOrder?.death === death && journal.delegationRevokedAt?.getTime() === mark.getTime()
  );
}

function eventOf(
  { phase, active }: RotationJournal,
  { by, byName }: DelegationOrder,
  at: Date,
  type: string,
  detail: string,
): RotationEvent {
  return { at, type, actor: by, actorName: byName, phase, activeKey: active, detail };
}

/** Delegation keys start on whole seconds, and a new key must not seem older than the revocation. */
export const roundUpToSecond = (instant: Date): Date => new Date(Math.ceil(instant.getTime() / 1000) * 1000);
