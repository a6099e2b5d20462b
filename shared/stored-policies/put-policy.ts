import { BrokerError } from '../broker-error.ts';
import { formatInstant } from '../iso-time.ts';
import type { PolicyChange, PolicyDecision } from './policy-change.ts';
import { findUsableAfter } from './policy-ledger.ts';
import { type PolicyState, withPolicy } from './policy-state.ts';
import type { PolicyUse } from './policy-uses.ts';
import { MAX_POLICIES } from '../azure/limits.ts';
import { hasFreeSlot, isSamePolicy, type StoredPolicy, widens } from './stored-policy.ts';

/** A policy, and when storage is certain to have applied its latest change; null if it already has. */
export interface PolicyStatus {
  readonly policy: StoredPolicy;
  readonly usableAfter: Date | null;
}

/**
 * Returns the change that creates the policy, or replaces the one with its id.
 * @param actor `issuer/subject`.
 * @param actorName the caller's name, for people to read.
 */
export function putPolicy(
  policy: StoredPolicy,
  actor: string,
  actorName: string | null = null,
): PolicyChange<PolicyStatus> {
  return {
    blockedPolicies: [policy.id],
    async decide(state, findUses, now) {
      const current = state.policies.find(({ id }) => id === policy.id);
      if (current !== undefined && isSamePolicy(current, policy))
        return { state, events: [], toValue: statusOf(current) };
      if (current === undefined) assertFreeSlot(state);
      // A deleted policy must not be created again while it would revive tokens.
      if (current === undefined || widens(current, policy)) assertUnused(await findUses(policy.id), current);
      return {
        state: withPolicy(state, policy, now),
        events: [{ type: 'policy-put', actor, actorName, detail: changeText(current, policy) }],
        toValue: statusOf(policy),
      };
    },
  };
}

function statusOf(policy: StoredPolicy): PolicyDecision<PolicyStatus>['toValue'] {
  return (changed, now) => ({ policy, usableAfter: findUsableAfter(changed, policy.id, now) });
}

/** @throws BrokerError `conflict` with the policies that hold the slots, for operators only, if none is free. */
function assertFreeSlot({ policies, managed }: PolicyState): void {
  if (hasFreeSlot(policies)) return;
  const holders = policies.map(({ id, managed: isManaged }) => ({
    id,
    managed: isManaged,
    grant: managed.find((known) => known.id === id)?.grant ?? null,
  }));
  const names = holders.map(({ id, grant }) => (grant === null ? id : `${id} (grant ${grant})`)).join(', ');
  throw new BrokerError(
    'conflict',
    `Storage accepts at most ${MAX_POLICIES} policies here, and all slots are in use: ${names}. Delete a policy to free a slot.`,
    { members: { holders } },
  );
}

function assertUnused({ count, ids }: PolicyUse, current: StoredPolicy | undefined): void {
  if (count === 0) return;
  const detail =
    current === undefined
      ? 'A policy with this id was deleted while tokens used it, and creating it again would revive them. Use another id, or wait until those tokens have expired.'
      : 'The policy has live tokens, so it cannot be widened or prolonged. It can be shortened, narrowed or deleted.';
  throw new BrokerError('conflict', detail, { members: { liveTokens: ids, liveTokenCount: count } });
}

function changeText(before: StoredPolicy | undefined, after: StoredPolicy): string {
  const now = `${after.id} now has ${policyText(after)}`;
  return before === undefined ? now : `${now}; before, it had ${policyText(before)}`;
}

/** Returns a policy's fields as text for an event. */
export function policyText({ startsAt, expiresAt, permissions }: StoredPolicy): string {
  const parts = [
    `permissions ${permissions === '' ? 'none' : permissions}`,
    ...(startsAt === null ? [] : [`from ${formatInstant(startsAt)}`]),
    expiresAt === null ? 'no expiry' : `until ${formatInstant(expiresAt)}`,
  ];
  return parts.join(', ');
}
