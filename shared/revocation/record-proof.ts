import { isDeepStrictEqual } from 'node:util';
import type { Death } from '../deaths/death.ts';
import { addSeconds } from '../iso-time.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import type { Tried } from './try-death.ts';

type Ports = Pick<RotationPorts, 'deaths' | 'events' | 'clock' | 'log'>;

/**
 * Records what storage answered, and a refusal with an event as well. The event comes first: if the proof then cannot be
 * written, both are written again.
 * @param journal null if the account has no journal.
 * @throws BrokerError `storage_unavailable`, `audit_unavailable`.
 */
export async function recordProof(
  { deaths, events, clock, log }: Ports,
  death: Death,
  tried: Tried,
  journal: RotationJournal | null,
  callTimeoutSeconds: number,
): Promise<void> {
  const { account, proof, order } = death;
  if (proof !== null && isDeepStrictEqual({ refused: proof.refused, on: proof.on }, tried)) return;
  const at = clock();
  const deadline = () => addSeconds(clock(), callTimeoutSeconds);
  if (tried.refused) {
    const event = {
      at,
      type: 'revocation-proved',
      account,
      actor: order.by ?? 'schedule',
      actorName: order.byName,
      phase: journal?.phase ?? null,
      activeKey: journal?.active ?? null,
      detail: `${nameOf(death)}: refused on ${tried.on.join(', ')}`,
    };
    await events.appendEvent(event, deadline());
    log('event recorded', { type: event.type, account, actor: event.actor, detail: event.detail });
  }
  await deaths.prove(death, { at, ...tried }, deadline());
}

function nameOf({ dead }: Death): string {
  switch (dead.what) {
    case 'key':
      return `account key ${dead.keyId}`;
    case 'delegation-keys':
      return 'user delegation keys';
    case 'policy':
      return `policy ${dead.policy} of ${dead.service}/${dead.place}`;
  }
}
