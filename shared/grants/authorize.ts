import { isOfService, SAS_KINDS, scopeOf, type AccountResource, type SasKind } from '../azure-storage.ts';
import type { OptionalField } from '../azure-storage.ts';
import type { Fault } from '../broker-error.ts';
import type { AccountSasScope, BrokerConfig, Grant, StorageAccount } from '../config/broker-config.ts';
import { versionHasField } from '../config/sas-versions.ts';
import { matchesCaller } from '../identity/caller-rules.ts';
import type { Caller } from '../identity/caller.ts';
import type { TokenRequest } from '../issuing/token-request.ts';
import { lettersFor } from '../permissions.ts';
import { applyPolicy, type AppliedPolicy, type HeldByPolicy } from '../stored-policies/apply-policy.ts';
import type { StoredPolicy } from '../stored-policies/stored-policy.ts';
import { assess, type Assessment, type Shortfall } from './assess.ts';
import type { AuthorizedToken } from './authorized-token.ts';
import { matches, wideness } from './resource-pattern.ts';

/** One grant and kind that could serve a request, with how it was assessed. */
export interface Candidate extends Assessment {
  readonly grant: Grant;
  readonly kind: SasKind;
  /** The reach of the narrowest pattern of the grant that covers the resource. */
  readonly reach: number;
}

/** A refusal; `nearest` is null where no grant of this caller covers the resource at all. */
export interface Denial {
  readonly missing: readonly Fault[];
  readonly nearest: Candidate | null;
}

export type Decision =
  | { readonly outcome: 'allowed'; readonly token: AuthorizedToken }
  | { readonly outcome: 'denied'; readonly denial: Denial }
  /** The caller is covered, but the account itself cannot take what was asked. */
  | { readonly outcome: 'invalid'; readonly faults: readonly Fault[] };

/** A decision, with the grants in `report` mode that would have allowed a request which is not allowed. */
export interface Authorization {
  readonly decision: Decision;
  readonly wouldAllow: readonly string[];
}

/**
 * Decides on one request: the strongest kind that serves, and of the grants that allow it the one with the least
 * excess. Pure: same arguments, same decision.
 * @param policy the stored access policy that the request names; null: there is none of its id; undefined: not read.
 */
export function authorize(
  caller: Caller,
  asked: TokenRequest,
  config: Pick<BrokerConfig, 'accounts' | 'grants'>,
  now: Date,
  policy?: StoredPolicy | null,
): Authorization {
  const account = config.accounts.get(asked.resource.account);
  // An unknown account is refused just like one that no grant names.
  if (account === undefined) return { decision: { outcome: 'denied', denial: uncovered() }, wouldAllow: [] };
  const applied = applyPolicy(asked, policy, account.hierarchical, now);
  const { request } = applied;
  const covering = config.grants.filter((grant) => covers(grant, caller, request));
  const candidates = (mode: Grant['mode']) =>
    covering
      .filter((grant) => grant.mode === mode)
      .flatMap((grant) => assessKinds(grant, caller, applied, account, now));
  const decision = decide(candidates('enforce'), applied, account);
  if (decision.outcome === 'allowed') return { decision, wouldAllow: [] };
  const reported = candidates('report').filter((candidate) => isOpen(candidate, request));
  return { decision, wouldAllow: [...new Set(reported.map(({ grant }) => grant.id))] };
}

/** Whether a grant in force covers the resource for this caller: only then may they learn what is there. */
export function isCovered(
  caller: Caller,
  request: TokenRequest,
  { grants }: Pick<BrokerConfig, 'grants'>,
): boolean {
  return grants.some((grant) => grant.mode === 'enforce' && covers(grant, caller, request));
}

function covers(grant: Grant, caller: Caller, request: TokenRequest): boolean {
  return (
    grant.callers.some((rule) => matchesCaller(rule, caller)) && reachOf(grant, caller, request) !== null
  );
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

function assessKinds(
  grant: Grant,
  caller: Caller,
  { request, held }: AppliedPolicy,
  account: StorageAccount,
  now: Date,
) {
  // Never an account SAS that was not asked for by name.
  const kinds: readonly SasKind[] = request.kind === 'auto' ? ['user-delegation', 'service'] : [request.kind];
  return kinds.map((kind): Candidate => {
    const reach = reachOf(grant, caller, request) ?? Number.POSITIVE_INFINITY;
    const { terms, shortfalls } = assess(grant, kind, { caller, request, account, now });
    return { grant, kind, reach, terms, shortfalls: shortfalls.map((shortfall) => fixed(shortfall, held)) };
  });
}

/** What a stored policy holds cannot be narrowed for one token. */
function fixed(shortfall: Shortfall, held: HeldByPolicy): Shortfall {
  const { field, message } = shortfall;
  if (!(field === 'permissions' && held.permissions) && !(field === 'expiresAt' && held.expiry))
    return shortfall;
  return { ...shortfall, message: `${message} (the stored access policy holds it)`, granted: null };
}

function decide(candidates: readonly Candidate[], applied: AppliedPolicy, account: StorageAccount): Decision {
  if (candidates.length === 0) return { outcome: 'denied', denial: uncovered() };
  const { request } = applied;
  const faults = [...applied.faults, ...accountFaults(request, account)];
  if (faults.length > 0) return { outcome: 'invalid', faults };
  const [best] = candidates.filter((candidate) => isOpen(candidate, request)).sort(byPreference(request));
  if (best !== undefined) return { outcome: 'allowed', token: narrowed(best, applied, account, candidates) };
  const [nearest] = [...candidates].sort(byPreference(request));
  const missing = (nearest?.shortfalls ?? []).map(({ field, message }) => ({ path: field, message }));
  return { outcome: 'denied', denial: { missing, nearest: nearest ?? null } };
}

function uncovered(): Denial {
  return {
    missing: [{ path: 'resource', message: 'none of your grants covers this resource' }],
    nearest: null,
  };
}

/** Whether the candidate allows the request, narrowed where the caller agreed to that. */
function isOpen({ shortfalls }: Candidate, request: TokenRequest): boolean {
  return request.clamp ? shortfalls.every(({ granted }) => granted !== null) : shortfalls.length === 0;
}

/** What the account itself cannot do; told only to callers whom a grant covers. */
function accountFaults(request: TokenRequest, account: StorageAccount): Fault[] {
  const { resource, encryptionScope, boundUser } = request;
  const faults: Fault[] = [];
  const untaken = (field: OptionalField) =>
    account.unsupportedFields.has(field) || !versionHasField(account.sasVersion, field);
  if (encryptionScope !== null && untaken('ses'))
    faults.push({
      path: 'encryptionScope',
      message: 'this account’s endpoint takes no encryption scope (ses)',
    });
  if (boundUser !== null && untaken('sduoid'))
    faults.push({
      path: 'bindTo',
      message: 'this account’s endpoint takes no token that is bound to a user (sduoid)',
    });
  if (isOfService(resource) && scopeOf(resource) === 'directory' && !account.hierarchical)
    faults.push({ path: 'resource.directory', message: 'needs an account with a hierarchical namespace' });
  const allowed = lettersFor(resource, account.hierarchical);
  const wrong = Array.from(request.permissions).filter((letter) => !allowed.has(letter));
  if (wrong.length > 0)
    faults.push({
      path: 'permissions',
      message: `${wrong.join(', ')} needs an account with a hierarchical namespace`,
    });
  return faults;
}

/** Strongest kind, then what keeps most of the request, then the least excess, then the id so that it is stable. */
function byPreference(request: TokenRequest) {
  const rank = (candidate: Candidate): readonly number[] => [
    candidate.shortfalls.filter(({ granted }) => granted === null).length,
    candidate.shortfalls.some(({ field }) => field === 'kind') ? 1 : 0,
    SAS_KINDS.indexOf(candidate.kind),
    candidate.shortfalls.length,
    request.permissions.length - candidate.terms.permissions.length,
    -candidate.terms.expiresAt.getTime(),
    candidate.grant.permissions.size,
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

function narrowed(
  best: Candidate,
  { request, held }: AppliedPolicy,
  account: StorageAccount,
  candidates: readonly Candidate[],
): AuthorizedToken {
  return {
    account,
    resource: request.resource,
    kind: best.kind,
    kindReason: kindReason(best, request, candidates),
    ...best.terms,
    startsAt: request.startsAt,
    responseHeaders: request.responseHeaders,
    encryptionScope: request.encryptionScope,
    policy: request.policy,
    omit: held,
    delegatedUser: request.boundUser,
    authorizedObjectId: null,
    unauthorizedObjectId: null,
    purpose: request.purpose,
    grant: best.grant.id,
    clamped: best.shortfalls.map(({ field, asked, granted }) => ({ field, asked, granted: granted ?? '' })),
    // The one place that makes the brand: everything above came out of a grant.
  } as unknown as AuthorizedToken;
}

function kindReason(best: Candidate, request: TokenRequest, candidates: readonly Candidate[]): string {
  if (request.kind !== 'auto') return `${best.kind} was asked for, and grant ${best.grant.id} allows it`;
  if (best.kind === 'user-delegation')
    return 'user-delegation is the strongest kind: no account key signs it';
  const blocked = candidates
    .filter((candidate) => candidate.kind === 'user-delegation')
    .flatMap(({ shortfalls }) => shortfalls.map(({ message }) => message));
  return `service, since user-delegation does not serve here: ${[...new Set(blocked)].join('; ')}`;
}
