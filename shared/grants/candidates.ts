import { isOfService, lettersOfWhat, type AccountResource } from '../azure/resources.ts';
import type { AccountSasScope, Grant } from '../config/broker-config.ts';
import { matchesCaller } from '../identity/caller-rules.ts';
import type { Caller } from '../identity/caller.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import type { AppliedPolicy, HeldByPolicy } from './apply-policy.ts';
import { assess } from './assess.ts';
import type { Assessment, Question, Shortfall } from './assessment.ts';
import { matches, wideness } from '../config/resource-pattern.ts';
import { SAS_KINDS, type SasKind } from '../azure/sas-kinds.ts';

/** One grant and kind that could serve a request, with how it was assessed. */
export interface Candidate extends Assessment {
  readonly grant: Grant;
  readonly kind: SasKind;
  /** The reach of the narrowest pattern of the grant that covers the resource. */
  readonly reach: number;
}

/** Whether the grant is one of this caller's. */
export function isGrantedTo(grant: Grant, caller: Caller): boolean {
  return grant.callers.some((rule) => matchesCaller(rule, caller));
}

/** Whether the grant covers the resource for this caller. */
export function covers(grant: Grant, caller: Caller, request: TokenRequest): boolean {
  return isGrantedTo(grant, caller) && reachOf(grant, caller, request) !== null;
}

/** How far beyond the resource the grant reaches with the narrowest part that covers it; null where none does. */
function reachOf(grant: Grant, caller: Caller, { resource }: TokenRequest): number | null {
  const reaches = isOfService(resource)
    ? grant.resources.filter((pattern) => matches(pattern, resource, caller.claims)).map(wideness)
    : grant.accountSas
        .filter((scope) => spans(scope, resource))
        .map(({ services, resourceTypes }) => services.size * resourceTypes.size);
  return reaches.length === 0 ? null : Math.min(...reaches);
}

/** `accountSas` of a grant is the only way to an account SAS. */
function spans(scope: AccountSasScope, { account, services, resourceTypes }: AccountResource): boolean {
  return (
    scope.account === account &&
    services.every((service) => scope.services.has(service)) &&
    resourceTypes.every((type) => scope.resourceTypes.has(type))
  );
}

/** Each of the kinds by this grant. @param held what the request's stored policy holds: it cannot be narrowed. */
export function candidatesOf(
  grant: Grant,
  kinds: readonly SasKind[],
  question: Question,
  { held }: Pick<AppliedPolicy, 'held'>,
): Candidate[] {
  const reach = reachOf(grant, question.caller, question.request) ?? Number.POSITIVE_INFINITY;
  return kinds.map((kind) => {
    const { terms, shortfalls } = assess(grant, kind, question);
    return {
      grant,
      kind,
      reach,
      terms,
      shortfalls: shortfalls.map((shortfall) => withoutNarrowing(shortfall, held)),
    };
  });
}

/** What a stored policy holds cannot be narrowed for one token. */
function withoutNarrowing(shortfall: Shortfall, held: HeldByPolicy): Shortfall {
  const { field, message } = shortfall;
  if (!(field === 'permissions' && held.permissions) && !(field === 'expiresAt' && held.expiry))
    return shortfall;
  return { ...shortfall, message: `${message} (the stored access policy holds it)`, granted: null };
}

/** Whether the candidate allows the request, narrowed where the caller agreed to that. */
export function isOpen({ shortfalls }: Candidate, request: TokenRequest): boolean {
  return request.clamp ? shortfalls.every(({ granted }) => granted !== null) : shortfalls.length === 0;
}

/**
 * What keeps the letters asked for, then the strongest kind, then what keeps most of the rest, then the least excess,
 * then the id so that it is stable.
 */
export function byPreference(request: TokenRequest) {
  const rank = (candidate: Candidate): readonly number[] => [
    candidate.shortfalls.filter(({ granted }) => granted === null).length,
    candidate.shortfalls.some(({ field }) => field === 'kind') ? 1 : 0,
    request.permissions.length - candidate.terms.permissions.length,
    SAS_KINDS.indexOf(candidate.kind),
    candidate.shortfalls.length,
    -candidate.terms.expiresAt.getTime(),
    candidate.grant.permissions[lettersOfWhat(request.resource)].size,
    candidate.reach,
    candidate.grant.maxTtl,
  ];
  return (a: Candidate, b: Candidate): number => {
    const [ranksOfA, ranksOfB] = [rank(a), rank(b)];
    const differing = ranksOfA.findIndex((value, index) => value !== ranksOfB[index]);
    if (differing < 0) return a.grant.id < b.grant.id ? -1 : 1;
    return (ranksOfA[differing] ?? 0) - (ranksOfB[differing] ?? 0);
  };
}
