import { failureReason } from '../azure-calls/failure.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import { advanceRotation } from '../rotation/advance-rotation.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import { loadAgreedJournal, changeAgreedJournal, type ManagedOrder } from './ordered-journal.ts';
import { shareOf, type RevocationCall, type RevocationPorts } from './plan-revocation.ts';
import { storageRefuses } from './proof.ts';
import type { KeyName } from '../azure/services.ts';
import { keysOf } from './revocation-target.ts';

/** What became of an order so far. */
export interface Pulled {
  readonly journal: RotationJournal;
  readonly done: boolean;
  /** Whether storage refuses the old key; null where that was not tried, or could not be told. */
  readonly proved: boolean | null;
}

/** Of the call's time: until when the old values are read, rotation is advanced, and the old values are tried. */
const LISTING_SHARE = 0.3;
const ADVANCING_SHARE = 0.6;
const PROVING_SHARE = 0.8;
const LEAST_PAUSE_MS = 100;

/**
 * Gives the target's keys up: from the journal's mark on they are replaced whatever depends on them, here as far as the
 * call's time goes, and by the timer after that, also after a crash.
 * @throws BrokerError `conflict`, or of the port that failed before the mark: nothing is done then.
 */
export async function giveUpKeys(
  ports: RevocationPorts,
  order: ManagedOrder,
  call: RevocationCall,
): Promise<Pulled> {
  const { rotation } = ports;
  const keys = keysOf(order.target);
  const agreed = await loadAgreedJournal(rotation, order);
  // Only now can the old values be had; that they cannot must not hold a revocation up.
  const old = await inTime(rotation, order, partOf(call, LISTING_SHARE), () =>
    rotation.managedKeys.list(order.account),
  );
  const marked = await changeAgreedJournal(rotation, order, agreed, (journal) =>
    markCompromised(journal, keys, order, call, rotation.clock()),
  );
  const advanced = await inTime(rotation, order, partOf(call, ADVANCING_SHARE), (until) =>
    advance(ports, order, keys, until),
  );
  const journal = advanced ?? (await lastKnown(ports, order, marked));
  const done = !isUnderWay(journal, keys);
  if (!done || old === null) return { journal, done, proved: null };
  const proved = await inTime(rotation, order, partOf(call, PROVING_SHARE), (until) =>
    storageRefuses(ports, order, old, journal, until),
  );
  return { journal, done, proved };
}

const partOf = ({ now, deadline }: RevocationCall, share: number): Date => shareOf(now, deadline, share);

const isUnderWay = (journal: RotationJournal, keys: readonly KeyName[]): boolean =>
  keys.some((key) => journal.compromised.includes(key));

/** The event goes out with the mark, or neither does; the request lets the steps that follow name the operator. */
function markCompromised(
  journal: RotationJournal,
  keys: readonly KeyName[],
  { order }: ManagedOrder,
  { by }: RevocationCall,
  now: Date,
): RotationJournal {
  const how = order.planHash === null ? ', forced without a plan' : '';
  const detail = `${order.lever} of ${keys.join(' and ')}${how}: ${order.reason}`;
  return {
    ...journal,
    compromised: [...new Set([...journal.compromised, ...keys])],
    request: { by, reason: order.reason, at: now },
    // An operator asked for it now: what a service said before about coming back later is tried again.
    notBefore: null,
    outbox: [...journal.outbox, { at: now, type: 'revocation', actor: by, detail }],
  };
}

/** As far as it goes by `until`; a `settle` that ends before is waited for. */
async function advance(
  { rotation, pause }: RevocationPorts,
  { account, waits }: ManagedOrder,
  keys: readonly KeyName[],
  until: Date,
): Promise<RotationJournal | null> {
  for (;;) {
    const journal = await advanceRotation(rotation, account, waits);
    const settled = journal?.settleUntil ?? null;
    if (journal === null || !isUnderWay(journal, keys) || settled === null || settled >= until)
      return journal;
    // Whoever waited for it has gone: a settle that does not end must not keep this going.
    if (rotation.clock() >= until) return journal;
    await pause(Math.max(LEAST_PAUSE_MS, settled.getTime() - rotation.clock().getTime()));
  }
}

/** The order stands, whatever held its first steps up; the timer goes on. */
async function lastKnown(
  { rotation }: RevocationPorts,
  { account }: ManagedOrder,
  marked: RotationJournal,
): Promise<RotationJournal> {
  try {
    return (await rotation.journals.load(account.name)).journal ?? marked;
  } catch {
    return marked;
  }
}

/** Null where the work failed, or was not done by `until`; what it does later goes unnoticed. */
async function inTime<T>(
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
