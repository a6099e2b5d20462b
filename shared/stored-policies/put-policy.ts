import { BrokerError } from '../broker-error.ts';
import { formatInstant } from '../iso-time.ts';
import { withPolicy, type PolicyDecision, type PolicyChange, type PolicyState } from './policy-change.ts';
import type { PolicyUse } from './policy-uses.ts';
import { MAX_POLICIES, samePolicy, usableAfter, widens, type StoredPolicy } from './stored-policy.ts';

/** A policy as it is after an edit; `usableAfter` null: storage acts on it already. */
export interface PolicyAnswer {
  readonly policy: StoredPolicy;
  readonly usableAfter: Date | null;
}

/** Creates the policy, or replaces the one of its id. @param actor `issuer/subject`. */
export function putPolicy(policy: StoredPolicy, actor: string): PolicyChange<PolicyAnswer> {
  return {
    endangers: [policy.id],
    async decide(state, uses, now) {
      const current = state.policies.find(({ id }) => id === policy.id);
      if (current !== undefined && samePolicy(current, policy))
        return { state, events: [], answer: answerOf(current) };
      if (current === undefined) assertRoom(state);
      // What was deleted must not come to life again under its tokens either.
      if (current === undefined || widens(current, policy)) assertUnused(await uses(policy.id), current);
      return {
        state: withPolicy(state, policy, now),
        events: [{ type: 'policy-put', actor, detail: changeText(current, policy) }],
        answer: answerOf(policy),
      };
    },
  };
}

function answerOf(policy: StoredPolicy): PolicyDecision<PolicyAnswer>['answer'] {
  return (changed, now) => {
    const at = changed.find(({ id }) => id === policy.id)?.at ?? null;
    return { policy, usableAfter: usableAfter(at, now) };
  };
}

/** @throws BrokerError `conflict` that says who holds the five. */
export function assertRoom({ policies, managed }: PolicyState): void {
  if (policies.length < MAX_POLICIES) return;
  const holders = policies.map(({ id, managed: byBroker }) => ({
    id,
    managed: byBroker,
    grant: managed.find((one) => one.id === id)?.grant ?? null,
  }));
  const names = holders.map(({ id, grant }) => (grant === null ? id : `${id} (grant ${grant})`)).join(', ');
  throw new BrokerError('conflict', `Storage takes ${MAX_POLICIES} policies here, held by ${names}.`, {
    members: { holders },
  });
}

function assertUnused({ count, ids }: PolicyUse, current: StoredPolicy | undefined): void {
  if (count === 0) return;
  const what =
    current === undefined
      ? 'A policy of this id was deleted while tokens used it; to make it again would revive them.'
      : 'The policy has live tokens: it can be shortened, narrowed or deleted, not widened or prolonged.';
  throw new BrokerError('conflict', what, { members: { liveTokens: ids, liveTokenCount: count } });
}

function changeText(before: StoredPolicy | undefined, after: StoredPolicy): string {
  const now = `${after.id} now ${policyText(after)}`;
  return before === undefined ? now : `${now}; before ${policyText(before)}`;
}

/** A policy's fields for an event. */
export function policyText({ startsAt, expiresAt, permissions }: StoredPolicy): string {
  const parts = [
    `permissions ${permissions === '' ? 'none' : permissions}`,
    ...(startsAt === null ? [] : [`from ${formatInstant(startsAt)}`]),
    expiresAt === null ? 'no expiry' : `until ${formatInstant(expiresAt)}`,
  ];
  return parts.join(', ');
}
