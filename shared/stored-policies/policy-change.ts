import type { AuditLog } from '../audit/audit-record.ts';
import type { LeaseWatch } from './lease-watch.ts';
import type { ManagedPolicy, PolicyLedger, PolicyLedgers } from './policy-ledger.ts';
import type { PolicyUse, PolicyUses } from './policy-uses.ts';
import type { StoredPolicies, StoredPolicy } from './stored-policy.ts';

/** Everything that editing policies needs from outside. */
export interface PolicyPorts {
  readonly policies: StoredPolicies;
  readonly ledgers: PolicyLedgers;
  readonly leases: LeaseWatch;
  readonly uses: PolicyUses;
  readonly events: Pick<AuditLog, 'appendEvent'>;
  readonly clock: () => Date;
  /** A text that no other lease has: 16 random characters of lower-case base32, as in a managed policy's id. */
  readonly random: () => string;
  /** A number from 0 to 1 that spreads the retries of several hosts. */
  readonly jitter: () => number;
}

/** What an change starts from and leaves behind. */
export interface PolicyState extends Pick<PolicyLedger, 'managed' | 'changed'> {
  readonly policies: readonly StoredPolicy[];
}

/** An change's outcome: the new state, what is recorded of it before it is done, and what its caller is told. */
export interface PolicyDecision<Answer> {
  readonly state: PolicyState;
  readonly events: readonly PolicyEvent[];
  /** Asked once storage holds the change. @param changed says when it took which. */
  readonly answer: (changed: PolicyState['changed'], now: Date) => Answer;
}

export interface PolicyEvent {
  readonly type: 'policy-put' | 'policy-deleted';
  /** `issuer/subject` of a caller, or the broker's own part. */
  readonly actor: string;
  readonly detail: string;
}

/** One change of one place's policies. It is decided again where somebody outside the broker wrote in between. */
export interface PolicyChange<Answer> {
  /** Policies that it may widen or remove although tokens use them. */
  readonly endangers: readonly string[];
  /**
   * @param uses live tokens by a policy; exact only of one that the change endangers.
   * @param again storage took this very change a moment ago, and then somebody outside the broker wrote.
   * @throws BrokerError where the change is refused.
   */
  decide(
    state: PolicyState,
    uses: (id: string) => Promise<PolicyUse>,
    now: Date,
    again: boolean,
  ): Promise<PolicyDecision<Answer>>;
}

/** The state with one policy put, changed at `now`. */
export function withPolicy(state: PolicyState, policy: StoredPolicy, now: Date): PolicyState {
  const others = state.policies.filter(({ id }) => id !== policy.id);
  // A policy keeps its place: the order is storage's, and a person may look at it.
  const policies =
    others.length === state.policies.length
      ? [...others, policy]
      : state.policies.map((one) => (one.id === policy.id ? policy : one));
  const changed = [...state.changed.filter(({ id }) => id !== policy.id), { id: policy.id, at: now }];
  return { ...state, policies, changed };
}

/** The changes, those decided at `decided` as storage took them at `at`: its delay counts from then. */
export function timeChanges(
  changed: PolicyState['changed'],
  decided: Date,
  at: Date,
): PolicyState['changed'] {
  return changed.map((one) => (one.at.getTime() === decided.getTime() ? { ...one, at } : one));
}

/** The state without some policies. */
export function withoutPolicies(state: PolicyState, ids: readonly string[]): PolicyState {
  const stays = ({ id }: { readonly id: string }) => !ids.includes(id);
  return {
    policies: state.policies.filter(stays),
    managed: state.managed.filter(stays),
    changed: state.changed.filter(stays),
  };
}

/** The managed policies that storage still holds as they were made: a hand outside the broker may have been at them. */
export function intactPolicies({ policies, managed }: PolicyState): ManagedPolicy[] {
  return managed.filter(({ id, permissions }) =>
    policies.some(
      (policy) =>
        policy.id === id &&
        policy.permissions === permissions &&
        policy.startsAt === null &&
        policy.expiresAt === null,
    ),
  );
}
