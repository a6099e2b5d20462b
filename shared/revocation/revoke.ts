import * as z from 'zod/mini';
import { KEY_NAMES, SERVICES } from '../azure/services.ts';
import { BrokerError } from '../broker-error.ts';
import { clockSkewOf } from '../config/broker-config.ts';
import { readEnded } from '../deaths/ended-view.ts';
import { described } from '../input/described.ts';
import { addSeconds, formatInstant, laterOf } from '../iso-time.ts';
import { keyIdOf } from '../keys/key-hash.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { rotationState, rotationStateSchema } from '../rotation/rotation-view.ts';
import { rotationWaits, type RotationWaits } from '../rotation/rotation-waits.ts';
import { POLICY_DELAY_SECONDS } from '../stored-policies/stored-policy.ts';
import { tickIntervalSeconds } from '../rotation/tick-log.ts';
import { kills } from './affected-tokens.ts';
import { blockCaller } from './change-blocks.ts';
import { commandOf, isManaged, secondsToTakeEffect } from './lever-effect.ts';
import { pullPolicyLever } from './delete-policy-lever.ts';
import { type Lever, LEVERS } from './lever.ts';
import type { LiveToken } from './live-token.ts';
import { instantAtShare, type RevocationCall, type RevocationPorts } from './revocation-ports.ts';
import { regenerateKeys } from './regenerate-keys.ts';
import type { RevocationProgress } from './revocation-progress.ts';
import type { RevocationOrder } from './revocation-request.ts';
import { revokeDelegationKeys } from './revoke-delegation-keys.ts';

/** The schema of the reply to an order. */
export const revocationReplySchema = z.object({
  lever: z.enum(LEVERS),
  state: described(z.enum(['done', 'running']), 'running: the timer continues the order'),
  deadBy: described(
    z.string(),
    'Until then, instances may still sign tokens that storage refuses. While running, it counts the timer’s interval',
  ),
  issuedSince: described(
    z.array(z.string()),
    'Ids of at most 1,000 tokens that were issued since plannedAt, or else since this call began, less clockSkew, and that it ends too',
  ),
  scannedAll: described(z.boolean(), 'False if issuedSince may be incomplete'),
  proved: described(
    z.nullable(z.boolean()),
    'True if every service in provedOn refuses what was revoked, false if one still accepts it. Null if nothing was tested yet, or no service answered',
  ),
  provedOn: described(z.array(z.enum(SERVICES)), 'The services that answered'),
  deaths: described(
    z.array(z.string()),
    'Ids, as in rotation.ended, of what the order ends. If it joined an earlier order, the entry names the operator of that one. Empty if something outside the broker ended it first',
  ),
  blockedBy: described(
    z.nullable(z.string()),
    'When every instance refuses the caller that the order blocked; null if it blocked nobody',
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
  order: RevocationOrder,
  call: RevocationCall,
): Promise<Revocation> {
  const waits = rotationWaits(order.account, ports.requestTimeoutSeconds);
  if (!isManaged(order.lever, order.account, waits)) throw notManaged(order);
  // The lever does not wait until every instance knows of the block.
  const blockedBy = await blockFirst(ports, order, call);
  const pulled = await pullLever(ports, order, waits, call);
  const { issued, scannedAll } = await listIssuedSince(ports, order, pulled.journal, call);
  const { rotation } = ports;
  const deaths = await readEnded(rotation.deaths, order.account.name, call.deadline);
  return {
    lever: order.lever.name,
    state: pulled.done ? 'done' : 'running',
    deadBy: formatInstant(await deadBy(ports, order, waits, pulled)),
    issuedSince: issued,
    scannedAll,
    proved: pulled.proved,
    provedOn: [...pulled.provedOn],
    deaths: [...pulled.deaths],
    blockedBy: blockedBy && formatInstant(blockedBy),
    rotation: rotationState(
      order.account,
      pulled.journal,
      waits,
      { liveTokens: null, deaths },
      rotation.clock(),
    ),
  };
}

/** Blocks the caller that the order names, so that nothing that the lever ends is issued again. */
async function blockFirst(
  { blocks }: RevocationPorts,
  { toBlock, reason }: RevocationOrder,
  call: RevocationCall,
): Promise<Date | null> {
  if (toBlock === null) return null;
  const { blockedBy } = await blockCaller(blocks, { ...toBlock, reason, until: null }, call);
  return blockedBy;
}

async function pullLever(
  ports: RevocationPorts,
  order: RevocationOrder,
  waits: RotationWaits | null,
  call: RevocationCall,
): Promise<RevocationProgress> {
  const { lever } = order;
  if (lever.name === 'delete-policy') return pullPolicyLever(ports, order, lever, call);
  if (waits === null) throw notManaged(order);
  switch (lever.name) {
    case 'regenerate-key':
      return regenerateKeys(ports, { ...order, waits }, lever, call);
    case 'revoke-delegation-keys':
      return revokeDelegationKeys(ports, { ...order, waits }, call);
    case 'remove-role':
      throw notManaged(order);
  }
}

/**
 * Returns until when instances may still issue tokens that are dead. They cache a key for `keyCache`, counted from when the
 * key is dead or no longer published; storage applies the deletion of a policy within half a minute. The timer continues what is still running, so its interval comes on top.
 */
async function deadBy(
  { rotation }: RevocationPorts,
  { account, lever }: RevocationOrder,
  waits: RotationWaits | null,
  { journal, done }: RevocationProgress,
): Promise<Date> {
  const now = rotation.clock();
  if (lever.name === 'delete-policy' || waits === null) return addSeconds(now, POLICY_DELAY_SECONDS);
  const left = done ? 0 : (await timerInterval(rotation)) + secondsToTakeEffect(lever, journal, waits);
  const dead = addSeconds(now, left);
  const known = lever.name === 'revoke-delegation-keys' ? (journal?.delegationRevokedAt ?? dead) : dead;
  return addSeconds(laterOf(dead, known), account.keyCache);
}

/** An unknown interval must not make the call fail. */
async function timerInterval({ ticks, clock }: RotationPorts): Promise<number> {
  const log = await ticks.load().catch(() => null);
  return tickIntervalSeconds(log, clock());
}

/** The lever has been pulled by now, so a failure to list tokens must not make the call fail. */
async function listIssuedSince(
  { liveTokens, rotation }: RevocationPorts,
  { account, lever, plannedAt }: RevocationOrder,
  journal: RotationJournal | null,
  { now, deadline }: RevocationCall,
): Promise<{ readonly issued: string[]; readonly scannedAll: boolean }> {
  const query = {
    account: account.name,
    expiresAfter: rotation.clock(),
    issuedSince: addSeconds(plannedAt ?? now, -clockSkewOf(account)),
    deadline: instantAtShare(now, deadline, LISTING_SHARE),
  };
  const issued: string[] = [];
  let hasMore = false;
  const take = (tokens: readonly LiveToken[]): void => {
    for (const token of tokens)
      if (kills(lever, token, journal?.hashes ?? null) && !isOfNewKey(lever, token, journal))
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

/** A policy that was deleted ends its tokens whatever key has signed them. */
function isOfNewKey(lever: Lever, { signedWith }: LiveToken, journal: RotationJournal | null): boolean {
  if (journal === null || lever.name === 'delete-policy') return false;
  const { delegationRevokedAt, compromised, hashes } = journal;
  if ('delegationKeyStartsAt' in signedWith)
    return delegationRevokedAt !== null && signedWith.delegationKeyStartsAt >= delegationRevokedAt;
  return KEY_NAMES.some((name) => !compromised.includes(name) && keyIdOf(hashes[name]) === signedWith.keyId);
}

function notManaged({ account, lever }: RevocationOrder): BrokerError {
  const command = commandOf(account, lever);
  if (lever.name === 'remove-role')
    return new BrokerError(
      'conflict',
      'The broker does not remove its own role. Use the command in the plan.',
      {
        members: { command },
      },
    );
  return new BrokerError(
    'conflict',
    'This broker does not manage the account’s keys: broker.json has no rotation for the account, or sets allowSharedKeyAccess: false. Use the command in the plan.',
    { members: { command } },
  );
}
