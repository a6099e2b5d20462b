import { BrokerError } from '../broker-error.ts';
import type { PolicyState } from './policy-state.ts';
import { hasFreeSlot } from './stored-policy.ts';

/**
 * Returns why a grant gets no further managed policy at a place; null if it may have one. Any caller may see this error,
 * so it does not say which policies and which other grants hold the slots.
 * @param max how many managed policies one grant may hold at one place.
 */
export function findSlotConflict(
  { policies, managed }: Pick<PolicyState, 'policies' | 'managed'>,
  grant: string,
  max: number,
): BrokerError | null {
  const held = managed.filter((one) => one.grant === grant && policies.some(({ id }) => id === one.id));
  if (held.length >= max) return grantConflict(grant, max);
  return hasFreeSlot(policies) ? null : slotsInUse();
}

function grantConflict(grant: string, max: number): BrokerError {
  const allowed = max === 1 ? '1 stored access policy' : `${max} stored access policies`;
  return new BrokerError(
    'conflict',
    `Grant ${grant} already holds as many stored access policies here as it may, so the token cannot be revocable. One grant may hold ${allowed} for revocable tokens here. Request the same permissions as an earlier revocable token, or try again once those tokens have expired.`,
  );
}

function slotsInUse(): BrokerError {
  return new BrokerError(
    'conflict',
    'No slot for a stored access policy is free here, so the token cannot be revocable. Try again later, or ask an operator to free a slot.',
  );
}
