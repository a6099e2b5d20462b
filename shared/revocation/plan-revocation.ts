import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { rotationWaits } from '../rotation/rotation-waits.ts';
import type { DelegationProbes } from '../keys/delegation-probes.ts';
import type { PolicyKeeper } from '../stored-policies/policy-keeper.ts';
import type { ProofMemory } from './proof-memory.ts';
import { accountLevers } from './lever.ts';
import type { LiveTokenReader } from './live-token.ts';
import { revocationPlan, type RevocationPlan } from './revocation-plan.ts';
import type { RequestedAct, RevocationOrder, RevocationRequest } from './revocation-request.ts';
import { isAccountTarget, type RevocationTarget } from './revocation-target.ts';

/** Everything that revocation needs from outside. */
export interface RevocationPorts {
  readonly accounts: ReadonlyMap<string, StorageAccount>;
  readonly rotation: RotationPorts;
  readonly liveTokens: LiveTokenReader;
  readonly policies: PolicyKeeper;
  readonly delegationProbes: DelegationProbes;
  readonly proofs: ProofMemory;
  /** Returns a unique text of 16 characters of lower-case base32, for a death's id. */
  readonly random: () => string;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Timeout of one call to Azure, in whole seconds. */
  readonly requestTimeoutSeconds: number;
}

/** Who makes a call, when, and until when the reply must be sent. */
export interface RevocationCall {
  /** `issuer/subject` of the operator. */
  readonly by: string;
  /** The operator's name, for people to read. */
  readonly byName: string | null;
  readonly now: Date;
  readonly deadline: Date;
}

/** Returns a configured account. @throws BrokerError `not_found`. */
function accountOf({ accounts }: RevocationPorts, name: string): StorageAccount {
  const account = accounts.get(name);
  if (account === undefined)
    throw new BrokerError('not_found', 'The configuration has no account with this name.');
  return account;
}

/**
 * Returns the order of a request to act: which lever of that name it pulls.
 * @throws BrokerError `not_found` if the target does not exist.
 */
export function orderOf(
  ports: RevocationPorts,
  target: RevocationTarget,
  act: RequestedAct,
): RevocationOrder {
  if (!isAccountTarget(target)) throw new Error('Only accounts and keys are targets yet');
  const account = accountOf(ports, target.account);
  const lever = accountLevers(target).find(({ name }) => name === act.lever);
  if (lever === undefined) throw new Error('The lever has no effect on the target');
  return { ...act, target, lever, account };
}

/** The share of the remaining time that reading may take, so that the reply can still be sent. */
const READING_SHARE = 0.8;

/**
 * Makes a plan that shows what each lever would end. Changes nothing.
 * @throws BrokerError `audit_unavailable`, `storage_unavailable`.
 */
export async function planRevocation(
  ports: RevocationPorts,
  { target, lever }: RevocationRequest,
  { now, deadline }: RevocationCall,
): Promise<RevocationPlan> {
  if (!isAccountTarget(target)) throw new Error('Only accounts and keys are targets yet');
  const account = accountOf(ports, target.account);
  const waits = rotationWaits(account, ports.requestTimeoutSeconds);
  const range = { issuedSince: null, now, deadline: instantAtShare(now, deadline, READING_SHARE) };
  const [journal, deaths, { tokens, scannedAll }] = await Promise.all([
    waits === null ? null : ports.rotation.journals.load(account.name).then((entry) => entry.journal),
    waits === null ? [] : ports.rotation.deaths.list(account.name, range.deadline),
    ports.liveTokens.list(account.name, range),
  ]);
  return revocationPlan(target, lever, { account, journal, deaths, waits, tokens, scannedAll, now });
}

/** Returns the instant at which `share` (0 to 1) of the time from `now` to `deadline` has passed. */
export function instantAtShare(now: Date, deadline: Date, share: number): Date {
  return new Date(now.getTime() + (deadline.getTime() - now.getTime()) * share);
}
