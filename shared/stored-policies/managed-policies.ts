import { findSlotConflict } from './managed-slots.ts';
import type { PolicyChange } from './policy-change.ts';
import type { PolicyKeeper } from './policy-keeper.ts';
import type { ManagedPolicy } from './policy-ledger.ts';
import { type PolicyState, withPolicy } from './policy-state.ts';
import { policyText } from './put-policy.ts';
import { managedId, type PolicyPlace, type StoredPolicy } from './stored-policy.ts';
import { freeManagedSlot } from './sweep-place.ts';

/** Which tokens a managed policy is for: those of one grant with exactly these letters. */
export interface ManagedPolicyScope {
  readonly grant: string;
  readonly permissions: string;
}

/**
 * Returns the managed policy for the revocable tokens of a grant with these letters, and creates it if none exists.
 * @throws BrokerError `conflict` without the holders if no slot is free or the grant already holds as many as it may, and
 * as `PolicyChangeQueue.apply`.
 */
export async function ensureManagedPolicy(
  keeper: PolicyKeeper,
  place: PolicyPlace,
  scope: ManagedPolicyScope,
  deadline: Date,
): Promise<StoredPolicy> {
  const [{ ledger }, { policies }] = await Promise.all([
    keeper.reads.loadLedger(place, deadline),
    keeper.reads.readPolicies(place, deadline),
  ]);
  let state = { ...ledger, policies };
  if (findSlotConflict(state, scope.grant, keeper.maxManagedPolicies) !== null)
    // The ledger may have been read before another request recorded a policy that the list already has.
    state = { ...(await keeper.reads.loadLedger(place, deadline)).ledger, policies };
  const existing = findManagedPolicy(state, scope);
  if (existing !== undefined) return storedPolicyOf(existing);
  const conflict = findSlotConflict(state, scope.grant, keeper.maxManagedPolicies);
  if (conflict !== null && !(await freeManagedSlot(keeper, place, state.managed, deadline))) throw conflict;
  const change = addManagedPolicy(scope, managedId(keeper.random()), keeper.maxManagedPolicies);
  return await keeper.changes.apply(place, change, deadline);
}

/** @param max how many managed policies one grant may hold at one place. */
function addManagedPolicy(scope: ManagedPolicyScope, id: string, max: number): PolicyChange<StoredPolicy> {
  return {
    blockedPolicies: [],
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
    async decide(state, _findUses, now) {
      const existing = findManagedPolicy(state, scope);
      if (existing !== undefined) return { state, events: [], toValue: () => storedPolicyOf(existing) };
      const conflict = findSlotConflict(state, scope.grant, max);
      if (conflict !== null) throw conflict;
      const added: ManagedPolicy = { id, ...scope, createdAt: now };
      const policy = storedPolicyOf(added);
      const detail = `${id} for revocable tokens of grant ${scope.grant}, ${policyText(policy)}`;
      return {
        state: {
          ...withPolicy(state, policy, now),
          // The ledger knows the id already if something outside the broker has just overwritten the policy.
          managed: [...state.managed.filter((known) => known.id !== id), added],
        },
        events: [{ type: 'policy-put', actor: 'issuing', actorName: null, detail }],
        toValue: () => policy,
      };
    },
  };
}

/**
 * Finds a managed policy for this scope that is in storage as the broker created it: something else may have changed
 * it.
 */
function findManagedPolicy(
  { policies, managed }: PolicyState,
  { grant, permissions }: ManagedPolicyScope,
): ManagedPolicy | undefined {
  const isUnchanged = ({ id }: ManagedPolicy) =>
    policies.some(
      (policy) =>
        policy.id === id &&
        policy.permissions === permissions &&
        policy.startsAt === null &&
        policy.expiresAt === null,
    );
  return managed.find(
    (known) => known.grant === grant && known.permissions === permissions && isUnchanged(known),
  );
}

/** Returns the policy for storage. It sets the letters and no expiry, because each token carries its own. */
function storedPolicyOf({ id, permissions }: ManagedPolicy): StoredPolicy {
  return { id, startsAt: null, expiresAt: null, permissions, managed: true };
}
