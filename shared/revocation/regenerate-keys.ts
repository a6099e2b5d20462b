import { failureReason } from '../azure-calls/failure.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import type { KeyName } from '../azure/services.ts';
import { keyDeathId } from '../deaths/death.ts';
import { hashKey, keyIdOf } from '../keys/key-hash.ts';
import { advanceRotation } from '../rotation/advance-rotation.ts';
import { markCompromised } from '../rotation/mark-compromised.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { hasChanged } from './changed-lever.ts';
import { type KeyLever, keysOf } from './lever.ts';
import { changeAgreedJournal, loadAgreedJournal, type ManagedOrder, reloadJournal } from './managed-order.ts';
import { orderText } from './order-text.ts';
import { instantAtShare, type RevocationCall, type RevocationPorts } from './revocation-ports.ts';
import { proveDuringCall } from './prove-refusal.ts';
import { type RevocationProgress, UNPROVED } from './revocation-progress.ts';

/** Shares of the call's time by which the old values are read, rotation is advanced, and the old values are tried. */
const LISTING_SHARE = 0.3;
const ADVANCING_SHARE = 0.6;
const PROVING_SHARE = 0.85;
const MIN_PAUSE_MS = 100;

/**
 * Regenerates the target's keys. Once the journal marks them as compromised, they are replaced whatever depends on them:
 * by this call as far as its time goes, and after that, or after a crash, by the timer.
 * @throws BrokerError `conflict`, or of the port that failed before the mark; nothing is done then. `conflict` too if the
 * journal was lost after the mark, so that a key is not replaced.
 */
export async function regenerateKeys(
  ports: RevocationPorts,
  order: ManagedOrder,
  lever: KeyLever,
  call: RevocationCall,
): Promise<RevocationProgress> {
  const { rotation, proofs } = ports;
  const keys = keysOf(lever);
  const agreed = await loadAgreedJournal(rotation, order);
  // The old values can be read only before the regeneration. A failure to read them must not delay the revocation.
  const oldKeys = await attemptBefore(rotation, order, shareOfCall(call, LISTING_SHARE), () =>
    rotation.managedKeys.list(order.account),
  );
  const marked = await changeAgreedJournal(rotation, order, agreed, (journal) =>
    markWithEvent(journal, keys, order, call, rotation.clock()),
  );
  // A value that is not the journal's is not the one that dies with this order.
  for (const key of keys)
    if (oldKeys !== null && hashKey(oldKeys[key]) === marked.hashes[key])
      proofs.rememberKey(order.account.name, oldKeys[key]);
  const advanced = await attemptBefore(rotation, order, shareOfCall(call, ADVANCING_SHARE), (until) =>
    advance(ports, order, keys, until),
  );
  const journal = advanced ?? (await reloadJournal(rotation, order, marked));
  const deaths = keys.map((key) => keyDeathId(keyIdOf(marked.hashes[key])));
  if (isUnderWay(journal, keys)) return { journal, done: false, deaths, ...UNPROVED };
  // A journal that was lost meanwhile, and begun again, no longer says which keys are compromised.
  if (keys.some((key) => journal.hashes[key] === marked.hashes[key])) throw hasChanged(lever.name);
  const until = shareOfCall(call, PROVING_SHARE);
  const proof = await proveDuringCall(ports, order, deaths, journal, until);
  return { journal, done: true, deaths, ...proof };
}

const shareOfCall = ({ now, deadline }: RevocationCall, share: number): Date =>
  instantAtShare(now, deadline, share);

const isUnderWay = (journal: RotationJournal, keys: readonly KeyName[]): boolean =>
  keys.some((key) => journal.compromised.includes(key));

/** The event is saved together with the mark. The request makes the events of the following steps name the operator. */
function markWithEvent(
  journal: RotationJournal,
  keys: readonly KeyName[],
  order: ManagedOrder,
  { by, byName }: RevocationCall,
  now: Date,
): RotationJournal {
  const detail = orderText(order, keys.join(' and '));
  return {
    ...markCompromised(journal, keys, { by, byName, reason: order.reason, at: now }),
    outbox: [
      ...journal.outbox,
      {
        at: now,
        type: 'revocation',
        actor: by,
        actorName: byName,
        phase: journal.phase,
        activeKey: journal.active,
        detail,
      },
    ],
  };
}

/** Advances the rotation as far as it goes before `until`, and waits for a `settle` that ends before then. */
async function advance(
  { rotation, pause }: RevocationPorts,
  { account, waits }: ManagedOrder,
  keys: readonly KeyName[],
  until: Date,
): Promise<RotationJournal | null> {
  for (;;) {
    const journal = await advanceRotation(rotation, account, waits);
    const settleUntil = journal?.settleUntil ?? null;
    if (journal === null || !isUnderWay(journal, keys) || settleUntil === null || settleUntil >= until)
      return journal;
    // The caller has stopped waiting by then: a settle that never ends must not keep this loop running.
    if (rotation.clock() >= until) return journal;
    await pause(Math.max(MIN_PAUSE_MS, settleUntil.getTime() - rotation.clock().getTime()));
  }
}

/** Returns null if the work failed or was not done before `until`; a result that comes later is discarded. */
async function attemptBefore<T>(
  { clock, log }: RotationPorts,
  { account }: ManagedOrder,
  until: Date,
  work: (until: Date) => Promise<T>,
): Promise<T | null> {
  try {
    return await withTimeout(until.getTime() - clock().getTime(), () => work(until));
  } catch (error) {
    log('revocation held up', { account: account.name, reason: failureReason(error) });
    return null;
  }
}
