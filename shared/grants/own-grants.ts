import type { Grant } from '../config/broker-config.ts';
import { matchesCaller } from '../identity/caller-rules.ts';
import type { Caller } from '../identity/caller.ts';

/** Returns the grants whose rules the caller matches, in any mode. */
export function grantsOf(caller: Pick<Caller, 'issuer' | 'claims'>, grants: readonly Grant[]): Grant[] {
  return grants.filter((grant) => isGrantedTo(caller, grant));
}

/** True if the caller matches one of the grant's rules. */
export function isGrantedTo(
  caller: Pick<Caller, 'issuer' | 'claims'>,
  { callers }: Pick<Grant, 'callers'>,
): boolean {
  return callers.some((rule) => matchesCaller(rule, caller));
}

/** True if the grant allows tokens; one in `report` mode only logs what it would allow. */
export function isInForce({ mode }: Pick<Grant, 'mode'>): boolean {
  return mode === 'enforce';
}
