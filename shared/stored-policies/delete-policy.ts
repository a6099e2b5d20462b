import { BrokerError } from '../broker-error.ts';
import type { PolicyChange } from './policy-change.ts';
import { withoutPolicies } from './policy-state.ts';
import { policyText } from './put-policy.ts';

/** Who deletes a policy, and why. */
export interface PolicyDeletion {
  /** The id of the policy's death, from `policyDeathId`; another one for each deletion. */
  readonly death: string;
  /** `issuer/subject` of an operator. */
  readonly by: string;
  /** The operator's name, for people to read. */
  readonly byName: string | null;
  readonly reason: string;
}

/** Returns the change by which an operator deletes a policy, managed or not, and so ends every token based on it. */
export function deletePolicy(id: string, deletion: PolicyDeletion): PolicyChange<undefined> {
  const { death, by, byName, reason } = deletion;
  return {
    // Deleting a policy is meant to revoke its tokens, so new ones need not wait.
    blockedPolicies: [],
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws must be a rejection
    async decide(state, _findUses, now, isRetry) {
      const current = state.policies.find((policy) => policy.id === id);
      const toValue = () => undefined;
      if (current === undefined) {
        if (!isRetry) throw policyNotFound();
        return { state, events: [], toValue };
      }
      const detail = `${id}, which had ${policyText(current)}`;
      return {
        state: withoutPolicies(state, [id]),
        events: [{ type: 'policy-deleted', actor: by, actorName: byName, detail }],
        deaths: [{ id: death, policy: id, order: { at: now, by, byName, reason } }],
        toValue,
      };
    },
  };
}

/** Returns the error for a policy that does not exist. */
export function policyNotFound(): BrokerError {
  return new BrokerError('not_found', 'There is no stored access policy with this id.');
}
