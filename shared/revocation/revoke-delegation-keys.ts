import { failureReason } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { DelegationOrder, RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import type { AttemptResult } from './delegation-answer.ts';
import { beginAttempt, earlierMarkOf, nextMark, sendAttempt } from './delegation-attempt.ts';
import { hasChanged } from './changed-lever.ts';
import { commandOf } from './lever-effect.ts';
import {
  changeAgreedJournal,
  loadAgreedJournal,
  type ManagedOrder,
  recordOrder,
  reloadJournal,
} from './managed-order.ts';
import { orderText } from './order-text.ts';
import { instantAtShare, type RevocationCall, type RevocationPorts } from './revocation-ports.ts';
import { proveDuringCall } from './prove-refusal.ts';
import { type RevocationProgress, UNPROVED } from './revocation-progress.ts';

/** Shares of the call's time by which probes are made, Resource Manager must answer, and the probes are tried. */
const PROBING_SHARE = 0.3;
const CALLING_SHARE = 0.6;
const PROVING_SHARE = 0.85;

/**
 * Revokes every user delegation key of the account. The order and its mark are journalled before the request is sent; if
 * Resource Manager does not confirm it, the timer sends it again. An order that is pending already is joined and sent now.
 * @throws BrokerError `conflict` if the plan no longer fits, the order was lost with its journal before it was confirmed, or
 * Resource Manager turned it down (`command` says what to run instead); `audit_unavailable`, `storage_unavailable` (nothing was sent).
 */
export async function revokeDelegationKeys(
  ports: RevocationPorts,
  order: ManagedOrder,
  call: RevocationCall,
): Promise<RevocationProgress> {
  const { rotation, proofs } = ports;
  const { account, waits } = order;
  const agreed = await loadAgreedJournal(rotation, order);
  await recordOrder(rotation, order, agreed.journal, call, orderText(order, ''));
  const first = newOrder(ports, agreed.journal, order, call);
  const begun = {
    journal: agreed.journal,
    order: first,
    mark: call.now,
    earlierMark: earlierMarkOf(agreed.journal),
  };
  const probes = await makeProbes(ports, order, agreed.journal, call);
  const until = instantAtShare(call.now, call.deadline, CALLING_SHARE);
  begun.journal = await changeAgreedJournal(rotation, order, agreed, (journal) => {
    // A mark from before a pause of the process would take an earlier request's for a wrong clock's, and move it back.
    if (rotation.clock() >= until) throw tooLate(account);
    begun.order = journal.delegationOrder ?? { ...first, revokedAtBefore: journal.delegationRevokedAt };
    begun.earlierMark = earlierMarkOf(journal);
    begun.mark = nextMark(journal, until, waits.settle);
    return beginAttempt(journal, begun.order, begun.mark);
  });
  const deaths = [begun.order.death];
  proofs.rememberProbes(account.name, begun.order.death, probes);
  const { outcome, journal } = await send(ports, order, { ...begun, account, waits, until });
  // Another operator's request may have taken effect before this call began.
  if (outcome === 'overtaken') throw hasChanged(order.lever.name);
  if (outcome === 'refused') throw turnedDown(order, begun.order);
  if (outcome === 'running') {
    if (await isGone(rotation, order, begun.order)) throw hasChanged(order.lever.name);
    return { journal, done: false, deaths, ...UNPROVED };
  }
  const provedUntil = instantAtShare(call.now, call.deadline, PROVING_SHARE);
  const proof = await proveDuringCall(ports, order, deaths, journal, provedUntil);
  return { journal, done: true, deaths, ...proof };
}

/** Returns a new order; an order that is pending when it is journalled takes precedence. */
function newOrder(
  { random }: RevocationPorts,
  { delegationRevokedAt }: RotationJournal,
  { reason }: ManagedOrder,
  { by, byName, now }: RevocationCall,
): DelegationOrder {
  return {
    death: `delegation-keys-${random()}`,
    by,
    byName,
    reason,
    at: now,
    revokedAtBefore: delegationRevokedAt,
    mayHaveLanded: false,
    lastError: null,
  };
}

/** Probes must be made before the keys are revoked, because a key from after it shows nothing. */
function makeProbes(
  { delegationProbes, rotation }: RevocationPorts,
  { account }: ManagedOrder,
  { delegationRevokedAt }: RotationJournal,
  call: RevocationCall,
) {
  const now = rotation.clock();
  const until = instantAtShare(call.now, call.deadline, PROBING_SHARE);
  const since = delegationRevokedAt !== null && delegationRevokedAt <= now ? delegationRevokedAt : null;
  return delegationProbes.make(account, since, now, until.getTime() - now.getTime());
}

/** A failure leaves the order in the journal for the timer, so it does not fail the call. */
async function send(
  { rotation }: RevocationPorts,
  order: ManagedOrder,
  attempt: Parameters<typeof sendAttempt>[1] & { readonly journal: RotationJournal },
): Promise<AttemptResult> {
  try {
    return await sendAttempt(rotation, attempt);
  } catch (error) {
    rotation.log('revocation held up', { account: order.account.name, reason: failureReason(error) });
    return { outcome: 'running', journal: await reloadJournal(rotation, order, attempt.journal) };
  }
}

/** Returns whether the order is certain to be neither pending nor done: its journal was lost, or another request withdrew it. */
async function isGone(
  { journals }: RotationPorts,
  { account, waits }: ManagedOrder,
  { at }: DelegationOrder,
): Promise<boolean> {
  try {
    const { journal } = await journals.load(account.name);
    if (journal === null) return true;
    const { delegationOrder, delegationRevokedAt: mark } = journal;
    return delegationOrder === null && (mark === null || mark < addSeconds(at, -waits.clockSkew));
  } catch {
    return false;
  }
}

function tooLate({ name }: StorageAccount): BrokerError {
  return new BrokerError(
    'storage_unavailable',
    'The request took too long, so it was not sent to Resource Manager. Try again.',
    {
      reason: `account ${name}: the time to call Resource Manager passed before the order was journalled`,
    },
  );
}

function turnedDown({ account, lever }: ManagedOrder, { mayHaveLanded }: DelegationOrder): BrokerError {
  const effect = mayHaveLanded
    ? 'An earlier request of the same order may have revoked them.'
    : 'Nothing was revoked.';
  return new BrokerError(
    'conflict',
    `Resource Manager turned down the broker’s request to revoke the user delegation keys. ${effect} Check the rotator’s role and the account’s resourceId, or use the command.`,
    { members: { command: commandOf(account, lever) } },
  );
}
