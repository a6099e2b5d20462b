import { BrokerError } from '../broker-error.ts';
import { withoutPolicies, type PolicyChange } from './policy-change.ts';
import { policyText } from './put-policy.ts';

/** Removes a policy, whoever made it, and with it every token by it. @param actor `issuer/subject`. */
export function deletePolicy(id: string, actor: string): PolicyChange<undefined> {
  return {
    // Killing its tokens is what it is for: nobody need wait.
    endangers: [],
    decide(state, _uses, _now, again) {
      const current = state.policies.find((policy) => policy.id === id);
      if (current === undefined)
        return again
          ? Promise.resolve({ state, events: [], answer: () => undefined })
          : Promise.reject(noPolicy());
      const event = {
        type: 'policy-deleted',
        actor,
        detail: `${id}, it held ${policyText(current)}`,
      } as const;
      return Promise.resolve({
        state: withoutPolicies(state, [id]),
        events: [event],
        answer: () => undefined,
      });
    },
  };
}

export function noPolicy(): BrokerError {
  return new BrokerError('not_found', 'There is no stored access policy of this id here.');
}
