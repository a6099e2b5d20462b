import {
  type AccountResource,
  isOfService,
  type Resource,
  type ServiceResource,
} from '../azure/resources.ts';
import type { Service } from '../azure/services.ts';
import {
  type AccountSasScope,
  type BrokerConfig,
  type Grant,
  signsWithKeys,
  type StorageAccount,
} from '../config/broker-config.ts';
import { findCoveringPatterns, type ResourcePattern, wideness } from '../config/resource-pattern.ts';
import type { Caller } from '../identity/caller.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import type { Block } from '../revocation/block.ts';
import { placeOf, type PolicyPlace } from '../stored-policies/stored-policy.ts';
import { type GrantIndex, grantIndexOf } from './grant-index.ts';
import { grantsOf, isGrantedTo, isInForce } from './own-grants.ts';

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
  /** The caller's grants in force that cover the requested resource. */
  readonly covering: readonly CoveringGrant[];
  /** The caller's grants in `report` mode that cover the requested resource. */
  readonly reporting: readonly CoveringGrant[];
  /** The stored access policy that the request names; null: none, or the caller must not learn whether it exists. */
  readonly policyToRead: { readonly place: PolicyPlace; readonly id: string } | null;
  /** Returns the caller's grants in force with a pattern for whole containers, queues, tables or shares of the account. */
  readonly forWholePlaces: (service: Service) => readonly Grant[];
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
  const index = grantIndexOf(config.grants);
  const granted = isBlocked ? [] : coveringGrants(index, caller, resource);
  const covering = granted.filter(({ grant }) => isInForce(grant));
  const hasPolicies = account !== null && signsWithKeys(account) && isOfService(resource);
  const policyToRead =
    id !== null && hasPolicies && covering.length > 0 ? { place: placeOf(account, resource), id } : null;
  const reporting = granted.filter(({ grant }) => !isInForce(grant));
  const forWholePlaces = (service: Service) =>
    isBlocked
      ? []
      : grantsOf(caller, index.ofWholePlaces(caller.issuer, resource.account, service)).filter(isInForce);
  return { caller, request, now, isBlocked, account, covering, reporting, policyToRead, forWholePlaces };
}

function coveringGrants(index: GrantIndex, caller: Caller, resource: Resource): CoveringGrant[] {
  const reached = isOfService(resource)
    ? index
        .covering(caller.issuer, resource)
        .map(({ grant, patterns }) => ({ grant, reach: reachOf(patterns, caller, resource) }))
    : index
        .withAccountSas(caller.issuer, resource.account)
        .map((grant) => ({ grant, reach: reachOfScopes(grant.accountSas, resource) }));
  return reached.flatMap(({ grant, reach }) =>
    reach !== null && isGrantedTo(caller, grant) ? [{ grant, reach }] : [],
  );
}

/** Returns how far a grant's patterns reach beyond the resource; null if none covers it. */
function reachOf(
  patterns: readonly ResourcePattern[],
  caller: Caller,
  resource: ServiceResource,
): number | null {
  return narrowest(findCoveringPatterns(patterns, resource, caller.claims).map(wideness));
}

/** Returns how far a grant's scopes reach beyond the account SAS; null if none includes it. */
function reachOfScopes(scopes: readonly AccountSasScope[], resource: AccountResource): number | null {
  const including = scopes.filter((scope) => spans(scope, resource));
  return narrowest(including.map(({ services, resourceTypes }) => services.size * resourceTypes.size));
}

function narrowest(reaches: readonly number[]): number | null {
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
