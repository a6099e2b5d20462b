import { failureReason } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import { addSeconds, laterOf } from '../iso-time.ts';
import { changeJournal } from '../rotation/change-journal.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import { changeAgreedJournal, loadAgreedJournal, type ManagedOrder, orderText } from './managed-order.ts';
import { instantAtShare, type RevocationCall, type RevocationPorts } from './revocation-ports.ts';

/** The share of the call's time in which Resource Manager must answer. */
const CALLING_SHARE = 0.7;

/**
 * Revokes every user delegation key of the account. Instances drop keys that they obtained before the journal's
 * `delegationRevokedAt`, so it must never be missing while keys are dead. It is therefore set before the request, to the
 * last instant at which the request can still be in flight, and set back to now once the request was answered. A crash
 * in between, or a lost reply, leaves the first value: instances then drop keys a little late, or for nothing if the
 * request was never sent.
 * @returns the journal; its `delegationRevokedAt` is in the future if it could not be set back.
 * @throws BrokerError `conflict` or `audit_unavailable` (nothing was done), or `storage_unavailable`: the keys may or may
 * not be revoked.
 */
export async function revokeDelegationKeys(
  ports: RevocationPorts,
  order: ManagedOrder,
  call: RevocationCall,
): Promise<RotationJournal> {
  const { rotation } = ports;
  const agreed = await loadAgreedJournal(rotation, order);
  await writeEvent(ports, order, call, orderText(order, ''));
  const until = instantAtShare(call.now, call.deadline, CALLING_SHARE);
  const atLatest = roundUpToSecond(addSeconds(until, order.waits.settle));
  const marked = await changeAgreedJournal(rotation, order, agreed, (journal) => ({
    ...journal,
    delegationRevokedAt: laterOf(journal.delegationRevokedAt ?? atLatest, atLatest),
  }));
  await sendRevocation(ports, order, until);
  try {
    const recorded = await recordRevokedAt(ports, order, marked);
    await writeEvent(ports, order, call, `${order.lever.name}: done`);
    return recorded;
  } catch (error) {
    rotation.log('revocation held up', { account: order.account.name, reason: failureReason(error) });
    return marked;
  }
}

async function sendRevocation(
  { rotation }: RevocationPorts,
  { account }: ManagedOrder,
  until: Date,
): Promise<void> {
  try {
    await rotation.managedKeys.revokeDelegationKeys(account, until);
  } catch (error) {
    const retryAfter = error instanceof BrokerError ? error.retryAfter : null;
    throw new BrokerError(
      'storage_unavailable',
      'The user delegation keys may or may not be revoked. Read a new plan and try again.',
      { reason: failureReason(error), ...(retryAfter === null ? {} : { retryAfter }) },
    );
  }
}

/** Replaces only this call's mark: a mark that another operator set since belongs to a request that may be in flight. */
async function recordRevokedAt(
  { rotation }: RevocationPorts,
  { account }: ManagedOrder,
  marked: RotationJournal,
): Promise<RotationJournal> {
  const revokedAt = roundUpToSecond(rotation.clock());
  const read = () => rotation.journals.load(account.name);
  const isOurs = ({ delegationRevokedAt }: RotationJournal) =>
    delegationRevokedAt?.getTime() === marked.delegationRevokedAt?.getTime();
  const { saved, journal } = await changeJournal(rotation.journals, await read(), read, (current) =>
    isOurs(current) ? { ...current, delegationRevokedAt: revokedAt } : null,
  );
  return saved && journal !== null ? journal : marked;
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

/** Delegation keys start on whole seconds, and a new key must not seem older than the revocation. */
const roundUpToSecond = (instant: Date): Date => new Date(Math.ceil(instant.getTime() / 1000) * 1000);
