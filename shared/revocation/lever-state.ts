import { forEachConcurrently } from '../azure-calls/concurrency.ts';
import { failureReason } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import type { PolicyKeeper } from '../stored-policies/policy-keeper.ts';
import type { PolicyList } from '../stored-policies/stored-policy.ts';
import type { AccountFacts } from './account-facts.ts';
import {
  delegationGeneration,
  keyGeneration,
  type Lever,
  type LeverGeneration,
  policyGeneration,
  type PolicyLever,
} from './lever.ts';
import type { PlannedLever } from './plan-facts.ts';
import type { LeverTally } from './token-fold.ts';

const READS_AT_ONCE = 8;
/** Stands for a state that could not be read. No state that was read is equal to it. */
const UNREAD: LeverGeneration = ['unread'];

/** What reading the states of levers needs from outside. */
export interface LeverStatePorts {
  readonly policies: Pick<PolicyKeeper, 'policies'>;
  readonly rotation: Pick<RotationPorts, 'log'>;
}

/** Returns the state of what a lever other than `delete-policy` acts on. */
export function knownGeneration(
  lever: Exclude<Lever, PolicyLever>,
  { journal, deaths }: AccountFacts,
): LeverGeneration {
  switch (lever.name) {
    case 'regenerate-key':
      return keyGeneration(lever, journal);
    case 'revoke-delegation-keys':
      return delegationGeneration(journal, deaths);
    case 'remove-role':
      return null;
  }
}

/**
 * Reads the state of what each lever acts on: each place of stored policies once. A policy that cannot be read has no
 * known state, and the plan says so.
 */
export async function readLeverStates(
  ports: LeverStatePorts,
  tallies: readonly LeverTally[],
  accounts: ReadonlyMap<string, AccountFacts>,
  deadline: Date,
): Promise<PlannedLever[]> {
  const lists = await readPolicyLists(ports, tallies, accounts, deadline);
  return tallies.flatMap((entry) => {
    const { lever } = entry;
    const facts = accounts.get(lever.on.account);
    if (facts === undefined) return [];
    if (lever.name !== 'delete-policy')
      return [{ ...entry, facts, generation: knownGeneration(lever, facts), isKnown: true }];
    const list = lists.get(placeOf(lever)) ?? null;
    const policy = list?.policies.find(({ id }) => id === lever.on.policy) ?? null;
    const generation = list === null ? UNREAD : policyGeneration(policy);
    return [{ ...entry, facts, generation, isKnown: list !== null }];
  });
}

/** Returns the lists that could be read, by place; a place that does not exist has an empty list. */
async function readPolicyLists(
  { policies: { policies }, rotation }: LeverStatePorts,
  tallies: readonly LeverTally[],
  accounts: ReadonlyMap<string, AccountFacts>,
  deadline: Date,
): Promise<ReadonlyMap<string, PolicyList>> {
  const levers = tallies.flatMap(({ lever }) => (lever.name === 'delete-policy' ? [lever] : []));
  const places = new Map(levers.map((lever) => [placeOf(lever), lever]));
  const lists = new Map<string, PolicyList>();
  await forEachConcurrently(places, READS_AT_ONCE, async ([place, { on }]) => {
    const account = accounts.get(on.account)?.account;
    if (account === undefined) return;
    try {
      lists.set(place, await policies.read({ account, service: on.service, name: on.container }, deadline));
    } catch (error) {
      if (error instanceof BrokerError && error.code === 'not_found')
        lists.set(place, { policies: [], publicAccess: null });
      else rotation.log('policies unread in a plan', { place, reason: failureReason(error) });
    }
  });
  return lists;
}

function placeOf({ on: { account, service, container } }: PolicyLever): string {
  return `${account}/${service}/${container}`;
}
