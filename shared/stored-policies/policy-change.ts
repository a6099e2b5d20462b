import type { PolicyDeath } from './policy-deaths.ts';
import type { RecentChange } from './policy-ledger.ts';
import type { PolicyState } from './policy-state.ts';
import type { PolicyUse } from './policy-uses.ts';

/** One change of one place's policies. It is decided again if something outside the broker writes in between. */
export interface PolicyChange<Value> {
  /** Ids of policies that the change may widen or remove: no token based on them is delivered while it runs. */
  readonly blockedPolicies: readonly string[];
  /**
   * Decides what the change does to `state`.
   * @param findUses returns the live tokens based on a policy; exact only for `blockedPolicies`.
   * @param isRetry storage has accepted this change once already, and then something outside the broker wrote.
   * @throws BrokerError if the change is refused.
   */
  decide(
    state: PolicyState,
    findUses: (id: string) => Promise<PolicyUse>,
    now: Date,
    isRetry: boolean,
  ): Promise<PolicyDecision<Value>>;
}

/** What a change does: the new state, the events to record before it is made, and the value for its caller. */
export interface PolicyDecision<Value> {
  readonly state: PolicyState;
  readonly events: readonly PolicyEvent[];
  /** Policies that an operator deletes, to be recorded before storage is told. */
  readonly deaths?: readonly PolicyDeath[];
  /**
   * Returns the value for the caller, once storage has accepted the change.
   * @param changed when storage accepted each recent change.
   */
  readonly toValue: (changed: readonly RecentChange[], now: Date) => Value;
}

/** An event in the audit table that records one change. */
export interface PolicyEvent {
  readonly type: 'policy-put' | 'policy-deleted';
  /** `issuer/subject` of a caller, or the name of the broker's part that made the change. */
  readonly actor: string;
  /** The caller's name, for people to read; null if the broker made the change. */
  readonly actorName: string | null;
  readonly detail: string;
}
