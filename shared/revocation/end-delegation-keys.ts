import { failureReason } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import { addSeconds } from '../iso-time.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import { later } from '../rotation/rotation-step.ts';
import { loadAgreedJournal, changeAgreedJournal, type ManagedOrder } from './ordered-journal.ts';
import { shareOf, type RevocationCall, type RevocationPorts } from './plan-revocation.ts';
const CALLING_SHARE = 0.7;
const TRIES = 5;

/**
 * Ends every user delegation key of the account. Instances drop the keys that they got before the journal's
 * `delegationRevokedAt`, so that must never be missing for keys that are dead: it is set before, to when the request
 * can no longer be under way, and set back to now once it was answered. A crash in between, or a lost reply, leaves
 * the first: keys are dropped a little late, and for nothing where the request was never sent.
 * @returns the journal; its `delegationRevokedAt` lies ahead where that could not be set back.
 * @throws BrokerError `conflict`, `audit_unavailable` (nothing was done), or `storage_unavailable`: revoked or not.
 */
export async function endDelegationKeys(
  ports: RevocationPorts,
  order: ManagedOrder,
  call: RevocationCall,
): Promise<RotationJournal> {
  const { rotation } = ports;
  const agreed = await loadAgreedJournal(rotation, order);
  await writeEvent(ports, order, call, orderText(order));
  const until = shareOf(call.now, call.deadline, CALLING_SHARE);
  const atLatest = wholeSecondUp(addSeconds(until, order.waits.settle));
  const marked = await changeAgreedJournal(rotation, order, agreed, (journal) => ({
    ...journal,
    delegationRevokedAt: later(journal.delegationRevokedAt ?? atLatest, atLatest),
  }));
  await revoke(ports, order, until);
  try {
    const ended = await setBack(ports, order, marked);
    await writeEvent(ports, order, call, `${order.order.lever}: done`);
    return ended;
  } catch (error) {
    rotation.log('revocation held up', { account: order.account.name, reason: failureReason(error) });
    return marked;
  }
}

function orderText({ order }: ManagedOrder): string {
  return `${order.lever}${order.planHash === null ? ', forced without a plan' : ''}: ${order.reason}`;
}

async function revoke({ rotation }: RevocationPorts, { account }: ManagedOrder, until: Date): Promise<void> {
  try {
    await rotation.managedKeys.revokeDelegationKeys(account, until);
  } catch (error) {
    throw new BrokerError(
      'storage_unavailable',
      'Whether the user delegation keys are revoked is not known; ask again with a new plan.',
      {
        reason: failureReason(error),
        ...(error instanceof BrokerError && error.retryAfter !== null
          ? { retryAfter: error.retryAfter }
          : {}),
      },
    );
  }
}

/** Only its own mark: one that another operator set since belongs to a request that may be under way. */
async function setBack(
  { rotation }: RevocationPorts,
  { account }: ManagedOrder,
  marked: RotationJournal,
): Promise<RotationJournal> {
  const revokedAt = wholeSecondUp(rotation.clock());
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { journal, etag } = await rotation.journals.load(account.name);
    if (journal?.delegationRevokedAt?.getTime() !== marked.delegationRevokedAt?.getTime()) break;
    if (journal === null) break;
    const saved = await rotation.journals.save({ ...journal, delegationRevokedAt: revokedAt }, etag);
    if (saved?.journal) return saved.journal;
  }
  return marked;
}

function writeEvent(
  { rotation }: RevocationPorts,
  { account }: ManagedOrder,
  { by, deadline }: RevocationCall,
  detail: string,
): Promise<void> {
  const event = { at: rotation.clock(), type: 'revocation', account: account.name, actor: by, detail };
  rotation.log(event.type, { account: account.name, actor: by, detail });
  return rotation.events.appendEvent(event, deadline);
}

/** Delegation keys start on whole seconds: a new one must not seem to be older than the revocation. */
const wholeSecondUp = (instant: Date): Date => new Date(Math.ceil(instant.getTime() / 1000) * 1000);
