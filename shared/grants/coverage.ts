import { type AccountResource, isOfService, type Resource } from '../azure/resources.ts';
import {
  type AccountSasScope,
  type BrokerConfig,
  type Grant,
  signsWithKeys,
  type StorageAccount,
} from '../config/broker-config.ts';
import { findCoveringPatterns, wideness } from '../config/resource-pattern.ts';
import type { Caller } from '../identity/caller.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import type { Block } from '../revocation/block.ts';
import { placeOf, type PolicyPlace } from '../stored-policies/stored-policy.ts';
import { grantsOf, isInForce } from './own-grants.ts';

/** A grant that covers the requested resource. */
export interface CoveringGrant {
  readonly grant: Grant;
  /** How far beyond the resource the grant reaches, by the narrowest part of it that covers the resource. */
  readonly reach: number;
}

/** Which grants apply to a request. `authorize` decides by them, once the policy to read is read. */
export interface Coverage {
  readonly caller: Caller;
  readonly request: TokenRequest;
  readonly now: Date;
  /** True if an operator has blocked the caller. Then none of the members below says anything about grants. */
  readonly isBlocked: boolean;
  /** Null: no such account is configured. */
  readonly account: StorageAccount | null;
  /** The caller's grants in force, for any resource. */
  readonly own: readonly Grant[];
  /** Those of `own` that cover the requested resource. */
  readonly covering: readonly CoveringGrant[];
  /** The caller's grants in `report` mode that cover the requested resource. */
  readonly reporting: readonly CoveringGrant[];
  /** The stored access policy that the request names; null: none, or the caller must not learn whether it exists. */
  readonly policyToRead: { readonly place: PolicyPlace; readonly id: string } | null;
}

/**
 * Finds the grants that apply to a request, and the stored access policy to read for it. Pure.
 * @param block the caller's block in force; null: the caller is not blocked.
 */
export function findCoverage(
  caller: Caller,
  request: TokenRequest,
  config: Pick<BrokerConfig, 'accounts' | 'grants'>,
  now: Date,
  block: Block | null,
): Coverage {
  const { resource, policy: id } = request;
  const account = config.accounts.get(resource.account) ?? null;
  const isBlocked = block !== null;
  const granted = isBlocked ? [] : grantsOf(caller, config.grants);
  const own = granted.filter(isInForce);
  const covering = coveringGrants(own, caller, resource);
  const hasPolicies = account !== null && signsWithKeys(account) && isOfService(resource);
  const policyToRead =
    id !== null && hasPolicies && covering.length > 0 ? { place: placeOf(account, resource), id } : null;
  const reporting = coveringGrants(
    granted.filter((grant) => !isInForce(grant)),
    caller,
    resource,
  );
  return { caller, request, now, isBlocked, account, own, covering, reporting, policyToRead };
}

function coveringGrants(grants: readonly Grant[], caller: Caller, resource: Resource): CoveringGrant[] {
  return grants.flatMap((grant) => {
    const reach = reachOf(grant, caller, resource);
    return reach === null ? [] : [{ grant, reach }];
  });
}

/** Returns the reach of the grant beyond the resource; null if the grant does not cover the resource. */
function reachOf(grant: Grant, caller: Caller, resource: Resource): number | null {
  const reaches = isOfService(resource)
    ? findCoveringPatterns(grant.resources, resource, caller.claims).map(wideness)
    : grant.accountSas
        .filter((scope) => spans(scope, resource))
        .map(({ services, resourceTypes }) => services.size * resourceTypes.size);
  return reaches.length === 0 ? null : Math.min(...reaches);
}

/** Reports whether the scope includes the account SAS. Only `accountSas` of a grant allows account SAS. */
function spans(scope: AccountSasScope, { account, services, resourceTypes }: AccountResource): boolean {
  return (
    scope.account === account &&
    services.every((service) => scope.services.has(service)) &&
    resourceTypes.every((type) => scope.resourceTypes.has(type))
  );
}
