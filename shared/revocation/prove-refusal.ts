import { failureReason } from '../azure-calls/failure.ts';
import { SERVICES } from '../azure/services.ts';
import { addSeconds } from '../iso-time.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { ManagedOrder } from './managed-order.ts';
import type { RevocationPorts } from './revocation-ports.ts';
import { recordProof } from './record-proof.ts';
import { type RefusalProof, UNPROVED } from './revocation-progress.ts';
import { tryEvidence, type Tried } from './try-death.ts';

const PAUSE_MS = 500;

/**
 * Tests whether storage refuses what an order has ended, and records the answers. Storage may start to refuse a little
 * later than Resource Manager confirms, so the test is repeated until `until`; after that the timer repeats it.
 * @param deaths ids of the deaths. If this process cannot try one of them, nothing is proved: a proof of one key says
 * nothing about the other.
 */
export async function proveDuringCall(
  ports: RevocationPorts,
  order: ManagedOrder,
  deaths: readonly string[],
  journal: RotationJournal,
  until: Date,
): Promise<RefusalProof> {
  const tried = await Promise.all(
    deaths.map(async (death) => ({ death, tried: await tryUntil(ports, order, death, until) })),
  );
  const answered = tried.flatMap((one) => (one.tried === null ? [] : [{ ...one, tried: one.tried }]));
  try {
    await recordAll(ports, order, answered, journal);
  } catch (error) {
    const { rotation } = ports;
    rotation.log('revocation held up', { account: order.account.name, reason: failureReason(error) });
  }
  if (answered.length < deaths.length) return UNPROVED;
  return {
    proved: answered.every((one) => one.tried.refused),
    provedOn: SERVICES.filter((service) => answered.every((one) => one.tried.on.includes(service))),
  };
}

/** Returns the last answers; null if this process remembers nothing to try, or nothing answered. */
async function tryUntil(
  { rotation, delegationProbes, proofs, pause }: RevocationPorts,
  { account }: ManagedOrder,
  death: string,
  until: Date,
): Promise<Tried | null> {
  const evidence = proofs.find(account.name, death);
  if (evidence === null) return null;
  const { probe, clock } = rotation;
  const left = () => until.getTime() - clock().getTime();
  for (let last: Tried | null = null; ;) {
    const ports = { probe, delegationProbes, clock };
    const tried = left() <= 0 ? null : await tryEvidence(ports, account, evidence, left());
    last = tried ?? last;
    if (tried === null || tried.refused || left() < 2 * PAUSE_MS) return last;
    await pause(PAUSE_MS);
  }
}

async function recordAll(
  { rotation, proofs }: RevocationPorts,
  { account, waits }: ManagedOrder,
  answered: readonly { readonly death: string; readonly tried: Tried }[],
  journal: RotationJournal,
): Promise<void> {
  const { callTimeoutSeconds } = waits;
  if (answered.length === 0) return;
  const known = await rotation.deaths.list(account.name, addSeconds(rotation.clock(), callTimeoutSeconds));
  for (const { death: id, tried } of answered) {
    const death = known.find((one) => one.id === id);
    if (death === undefined) continue;
    await recordProof(rotation, death, tried, journal, callTimeoutSeconds);
    if (tried.refused) proofs.forget(account.name, id);
  }
}
