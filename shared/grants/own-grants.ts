import type { Grant } from '../config/broker-config.ts';
import { matchesCaller } from '../identity/caller-rules.ts';
import type { Caller } from '../identity/caller.ts';

/** Returns the grants whose rules the caller matches, in any mode. */
export function grantsOf(caller: Pick<Caller, 'issuer' | 'claims'>, grants: readonly Grant[]): Grant[] {
  return grants.filter(({ callers }) => callers.some((rule) => matchesCaller(rule, caller)));
}

/** True if the grant allows tokens; one in `report` mode only logs what it would allow. */
export function isInForce({ mode }: Pick<Grant, 'mode'>): boolean {
  return mode === 'enforce';
}
