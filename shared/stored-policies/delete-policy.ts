import { BrokerError } from '../broker-error.ts';
import type { PolicyChange } from './policy-change.ts';
import { withoutPolicies } from './policy-state.ts';
import { policyText } from './put-policy.ts';

/**
 * Returns the change that deletes a policy, managed or not, and so revokes every token based on it.
 * @param actor `issuer/subject`.
 * @param actorName the caller's name, for people to read.
 */
export function deletePolicy(
  id: string,
  actor: string,
  actorName: string | null = null,
): PolicyChange<undefined> {
  return {
    // Deleting a policy is meant to revoke its tokens, so new ones need not wait.
    blockedPolicies: [],
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
    async decide(state, _findUses, _now, isRetry) {
      const current = state.policies.find((policy) => policy.id === id);
      const toValue = () => undefined;
      if (current === undefined) {
        if (!isRetry) throw policyNotFound();
        return { state, events: [], toValue };
      }
      const detail = `${id}, which had ${policyText(current)}`;
      return {
        state: withoutPolicies(state, [id]),
        events: [{ type: 'policy-deleted', actor, actorName, detail }],
        toValue,
      };
    },
  };
}

/** Returns the error for a policy that does not exist. */
export function policyNotFound(): BrokerError {
  return new BrokerError('not_found', 'There is no stored access policy with this id.');
}
