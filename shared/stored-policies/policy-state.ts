import type { PolicyLedger, RecentChange } from './policy-ledger.ts';
import type { StoredPolicy } from './stored-policy.ts';

/** The policies of a place and what the broker remembers of them, before or after a change. */
export interface PolicyState extends Pick<PolicyLedger, 'managed' | 'changed'> {
  readonly policies: readonly StoredPolicy[];
}

/** Returns the state with `policy` added or replaced, changed at `now`. */
export function withPolicy(state: PolicyState, policy: StoredPolicy, now: Date): PolicyState {
  const exists = state.policies.some(({ id }) => id === policy.id);
  // A replaced policy keeps its position: people see the list in storage's order.
  const policies = exists
    ? state.policies.map((other) => (other.id === policy.id ? policy : other))
    : [...state.policies, policy];
  const changed = [...state.changed.filter(({ id }) => id !== policy.id), { id: policy.id, at: now }];
  return { ...state, policies, changed };
}

/** Returns the state without the policies with these ids. */
export function withoutPolicies(state: PolicyState, ids: readonly string[]): PolicyState {
  const remains = ({ id }: { readonly id: string }) => !ids.includes(id);
  return {
    policies: state.policies.filter(remains),
    managed: state.managed.filter(remains),
    changed: state.changed.filter(remains),
  };
}

/**
 * Returns the changes with `acceptedAt` in place of `decidedAt`: the delay counts from when storage accepted a change.
 */
export function restampChanges(
  changed: readonly RecentChange[],
  decidedAt: Date,
  acceptedAt: Date,
): readonly RecentChange[] {
  return changed.map((change) =>
    change.at.getTime() === decidedAt.getTime() ? { ...change, at: acceptedAt } : change,
  );
}
