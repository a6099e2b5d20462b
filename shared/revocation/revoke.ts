import { z } from 'zod';
import { BrokerError } from '../broker-error.ts';
import { addSeconds, formatInstant } from '../iso-time.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import { later } from '../rotation/rotation-step.ts';
import { rotationState, rotationStateSchema } from '../rotation/rotation-view.ts';
import { rotationWaits } from '../rotation/rotation-waits.ts';
import type { ManagedOrder } from './ordered-journal.ts';
import { kills } from './casualties.ts';
import { endDelegationKeys } from './end-delegation-keys.ts';
import { giveUpKeys, type Pulled } from './give-up-keys.ts';
import { actsWithin, commandOf, isManaged, LEVERS } from './lever.ts';
import type { LiveToken } from './live-token-list.ts';
import { shareOf, type RevocationCall, type RevocationPorts } from './plan-revocation.ts';
import type { RevocationOrder, RevocationRequest } from './revocation-request.ts';
import { keysOf } from './revocation-target.ts';

/** What became of an order. */
export const revocationReplySchema = z.object({
  lever: z.enum(LEVERS),
  state: z.enum(['done', 'running']).describe('running: the timer goes on with it'),
  deadBy: z.string().describe('Until then instances may still sign with what is dead'),
  issuedSince: z
    .array(z.string())
    .describe('Ids of tokens issued since this call began that it kills as well'),
  scannedAll: z.boolean().describe('False: issuedSince may lack some'),
  proved: z
    .boolean()
    .nullable()
    .describe('Storage refuses the old key; null: not tried, or it cannot be told'),
  rotation: rotationStateSchema,
});

export type Revocation = z.infer<typeof revocationReplySchema>;

const LISTING_SHARE = 0.9;
const MOST_ISSUED = 1000;

/**
 * Pulls the lever that the operator named. What was begun goes on after a crash.
 * @throws BrokerError `conflict` where the lever is not what the plan showed, or is not the broker's to pull;
 * `audit_unavailable`, `storage_unavailable`, `signing_key_unavailable`.
 */
export async function revoke(
  ports: RevocationPorts,
  request: RevocationRequest & { readonly order: RevocationOrder },
  call: RevocationCall,
): Promise<Revocation> {
  const waits = rotationWaits(request.account, ports.requestTimeoutSeconds);
  if (waits === null || !isManaged(request.order.lever, request.account, waits)) throw notOurs(request);
  const order: ManagedOrder = { ...request, waits };
  const pulled = await pull(ports, order, call);
  const { issued, scannedAll } = await issuedSince(ports, order, pulled.journal, call);
  const { rotation } = ports;
  return {
    lever: order.order.lever,
    state: pulled.done ? 'done' : 'running',
    deadBy: formatInstant(deadBy(order, pulled, rotation.clock())),
    issuedSince: issued,
    scannedAll,
    proved: pulled.proved,
    rotation: rotationState(order.account, pulled.journal, waits, null, rotation.clock()),
  };
}

async function pull(ports: RevocationPorts, order: ManagedOrder, call: RevocationCall): Promise<Pulled> {
  switch (order.order.lever) {
    case 'regenerate-key':
      return giveUpKeys(ports, order, call);
    case 'revoke-delegation-keys':
      return { journal: await endDelegationKeys(ports, order, call), done: true, proved: null };
  }
}

/** An instance remembers a key for `keyCache`, counted from when it is dead, or not published any more. */
function deadBy({ account, target, order, waits }: ManagedOrder, pulled: Pulled, now: Date): Date {
  const { journal, done } = pulled;
  const left = done ? 0 : actsWithin(target, order.lever, journal, waits);
  const dead = addSeconds(now, left);
  const known = order.lever === 'revoke-delegation-keys' ? (journal.delegationRevokedAt ?? dead) : dead;
  return addSeconds(later(dead, known), account.keyCache);
}

/** The lever is pulled by now: what cannot be read any more must not turn that into a failure. */
async function issuedSince(
  { liveTokens, rotation }: RevocationPorts,
  { account, target, order }: ManagedOrder,
  journal: RotationJournal,
  { now, deadline }: RevocationCall,
): Promise<{ readonly issued: string[]; readonly scannedAll: boolean }> {
  const range = { issuedSince: now, now: rotation.clock(), deadline: shareOf(now, deadline, LISTING_SHARE) };
  try {
    const { tokens, scannedAll } = await liveTokens.of(account.name, range);
    const killed = tokens.filter(
      (token) => kills(order.lever, keysOf(target), token) && !isOfNewKey(token, journal),
    );
    const issued = killed.slice(0, MOST_ISSUED).map(({ id }) => id);
    return { issued, scannedAll: scannedAll && killed.length === issued.length };
  } catch {
    return { issued: [], scannedAll: false };
  }
}

const isOfNewKey = ({ signedWith }: LiveToken, { delegationRevokedAt }: RotationJournal): boolean =>
  'delegationKeyStartsAt' in signedWith &&
  delegationRevokedAt !== null &&
  signedWith.delegationKeyStartsAt >= delegationRevokedAt;

function notOurs({
  account,
  target,
  order,
}: RevocationRequest & { readonly order: RevocationOrder }): BrokerError {
  const command = commandOf(account, target, order.lever);
  return new BrokerError(
    'conflict',
    'This broker does not manage the account’s keys: broker.json has no rotation for it, or allowSharedKeyAccess: false. Use the command of the plan.',
    { members: { command } },
  );
}
