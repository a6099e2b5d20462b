import { BrokerError } from '../broker-error.ts';
import type { DeathOrder, Deaths, OrderedDeath } from '../deaths/death.ts';
import { deletePolicy } from './delete-policy.ts';
import type { PolicyKeeper } from './policy-keeper.ts';
import type { PolicyPlace } from './stored-policy.ts';

/** What deleting a policy on record needs besides the keeper. */
export interface EndingPorts {
  readonly policies: Pick<PolicyKeeper, 'changes' | 'random'>;
  readonly deaths: Pick<Deaths, 'order' | 'withdraw'>;
}

/** With these errors storage certainly has not deleted the policy: they come before the request, or are its refusal. */
const NOT_DELETED: ReadonlySet<string> = new Set([
  'invalid_request',
  'audit_unavailable',
  'signing_key_unavailable',
]);

/**
 * Deletes a stored access policy and records the death of the tokens that depend on it. The death comes first, because a
 * deletion without a reply may take effect; it is withdrawn if the policy was certainly not deleted by this call.
 * @throws BrokerError as `PolicyChangeQueue.apply`.
 */
export async function endPolicy(
  { policies, deaths }: EndingPorts,
  place: PolicyPlace,
  id: string,
  order: DeathOrder & { readonly by: string },
  deadline: Date,
): Promise<void> {
  const { account, service, name } = place;
  const death: OrderedDeath = {
    id: `policy-${policies.random()}`,
    account: account.name,
    dead: { what: 'policy', service, place: name, policy: id },
    order: { at: order.at, by: order.by, byName: order.byName, reason: order.reason },
  };
  await deaths.order(death, deadline);
  try {
    await policies.changes.apply(place, deletePolicy(id, order.by, order.byName), deadline);
  } catch (error) {
    // If the withdrawal fails, tokens stay unproved, which is less harmful than to hide the first error.
    if (error instanceof BrokerError && NOT_DELETED.has(error.code))
      await deaths.withdraw(death, deadline).catch(() => undefined);
    throw error;
  }
}
