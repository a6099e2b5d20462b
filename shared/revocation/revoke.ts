import { z } from 'zod';
import { KEY_NAMES } from '../azure/services.ts';
import { BrokerError } from '../broker-error.ts';
import { readEnded } from '../deaths/ended-view.ts';
import { addSeconds, formatInstant, laterOf } from '../iso-time.ts';
import { keyIdOf } from '../keys/key-hash.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import { rotationState, rotationStateSchema } from '../rotation/rotation-view.ts';
import { rotationWaits } from '../rotation/rotation-waits.ts';
import { kills } from './affected-tokens.ts';
import { commandOf, isManaged, secondsToTakeEffect } from './lever-effect.ts';
import { LEVERS } from './lever.ts';
import type { LiveToken } from './live-token.ts';
import type { ManagedOrder } from './managed-order.ts';
import { instantAtShare, type RevocationCall, type RevocationPorts } from './revocation-ports.ts';
import { regenerateKeys, type RevocationProgress } from './regenerate-keys.ts';
import type { RevocationOrder } from './revocation-request.ts';
import { revokeDelegationKeys } from './revoke-delegation-keys.ts';

/** The schema of the reply to an order. */
export const revocationReplySchema = z.object({
  lever: z.enum(LEVERS),
  state: z.enum(['done', 'running']).describe('running: the timer continues the order'),
  deadBy: z.string().describe('Until then, instances may still sign tokens with a dead key'),
  issuedSince: z
    .array(z.string())
    .describe('Ids of the tokens that were issued since this call began and that it ends too'),
  scannedAll: z.boolean().describe('False if issuedSince may be incomplete'),
  proved: z
    .boolean()
    .nullable()
    .describe(
      'True if storage refuses the old key, false if it still accepts it. Null if that was not tested, or could not be determined',
    ),
  rotation: rotationStateSchema,
});

export type Revocation = z.infer<typeof revocationReplySchema>;

const LISTING_SHARE = 0.9;
const MAX_ISSUED = 1000;

/**
 * Pulls the lever that the operator named. After a crash, the timer continues what this call has begun.
 * @throws BrokerError `conflict` if the lever no longer does what the plan showed, or the broker cannot pull it for this
 * account; `audit_unavailable`, `storage_unavailable`, `signing_key_unavailable`.
 */
export async function revoke(
  ports: RevocationPorts,
  ordered: RevocationOrder,
  call: RevocationCall,
): Promise<Revocation> {
  const waits = rotationWaits(ordered.account, ports.requestTimeoutSeconds);
  if (waits === null || !isManaged(ordered.lever, ordered.account, waits)) throw notManaged(ordered);
  const order: ManagedOrder = { ...ordered, waits };
  const pulled = await pullLever(ports, order, call);
  const { issued, scannedAll } = await listIssuedSince(ports, order, pulled.journal, call);
  const { rotation } = ports;
  const deaths = await readEnded(rotation.deaths, order.account.name, call.deadline);
  return {
    lever: order.lever.name,
    state: pulled.done ? 'done' : 'running',
    deadBy: formatInstant(deadBy(order, pulled, rotation.clock())),
    issuedSince: issued,
    scannedAll,
    proved: pulled.proved,
    rotation: rotationState(
      order.account,
      pulled.journal,
      waits,
      { liveTokens: null, deaths },
      rotation.clock(),
    ),
  };
}

async function pullLever(
  ports: RevocationPorts,
  order: ManagedOrder,
  call: RevocationCall,
): Promise<RevocationProgress> {
  const { lever } = order;
  switch (lever.name) {
    case 'regenerate-key':
      return regenerateKeys(ports, order, lever, call);
    case 'revoke-delegation-keys':
      return { journal: await revokeDelegationKeys(ports, order, call), done: true, proved: null };
    case 'delete-policy':
    case 'remove-role':
      throw notManaged(order);
  }
}

/** Instances cache a key for `keyCache`, counted from when the key is dead or no longer published. */
function deadBy({ account, lever, waits }: ManagedOrder, pulled: RevocationProgress, now: Date): Date {
  const { journal, done } = pulled;
  const left = done ? 0 : secondsToTakeEffect(lever, journal, waits);
  const dead = addSeconds(now, left);
  const known = lever.name === 'revoke-delegation-keys' ? (journal.delegationRevokedAt ?? dead) : dead;
  return addSeconds(laterOf(dead, known), account.keyCache);
}

/** The lever has been pulled by now, so a failure to list tokens must not make the call fail. */
async function listIssuedSince(
  { liveTokens, rotation }: RevocationPorts,
  { account, lever }: ManagedOrder,
  journal: RotationJournal,
  { now, deadline }: RevocationCall,
): Promise<{ readonly issued: string[]; readonly scannedAll: boolean }> {
  const query = {
    account: account.name,
    expiresAfter: rotation.clock(),
    issuedSince: now,
    deadline: instantAtShare(now, deadline, LISTING_SHARE),
  };
  const issued: string[] = [];
  let hasMore = false;
  const take = (tokens: readonly LiveToken[]): void => {
    for (const token of tokens)
      if (kills(lever, token, journal.hashes) && !isOfNewKey(token, journal))
        if (issued.length < MAX_ISSUED) issued.push(token.id);
        else hasMore = true;
  };
  try {
    const { scannedAll } = await liveTokens.scan(query, take);
    return { issued, scannedAll: scannedAll && !hasMore };
  } catch {
    return { issued, scannedAll: false };
  }
}

function isOfNewKey({ signedWith }: LiveToken, journal: RotationJournal): boolean {
  const { delegationRevokedAt, compromised, hashes } = journal;
  if ('delegationKeyStartsAt' in signedWith)
    return delegationRevokedAt !== null && signedWith.delegationKeyStartsAt >= delegationRevokedAt;
  return KEY_NAMES.some((name) => !compromised.includes(name) && keyIdOf(hashes[name]) === signedWith.keyId);
}

function notManaged({ account, lever }: RevocationOrder): BrokerError {
  const command = commandOf(account, lever);
  return new BrokerError(
    'conflict',
    'This broker does not manage the account’s keys: broker.json has no rotation for the account, or sets allowSharedKeyAccess: false. Use the command in the plan.',
    { members: { command } },
  );
}
