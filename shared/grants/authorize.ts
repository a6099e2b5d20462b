import type { Fault } from '../broker-error.ts';
import type { BrokerConfig, Grant, StorageAccount } from '../config/broker-config.ts';
import type { Caller } from '../identity/caller.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import { applyPolicy, type AppliedPolicy } from './apply-policy.ts';
import type { StoredPolicy } from '../stored-policies/stored-policy.ts';
import { accountFaults } from './account-faults.ts';
import type { Shortfall } from './assessment.ts';
import type { AuthorizedToken } from './authorized-token.ts';
import { byPreference, candidatesOf, covers, isOpen, type Candidate } from './candidates.ts';
import { narrowerThan, type Narrower } from './narrower.ts';
import type { SasKind } from '../azure/sas-kinds.ts';

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
  if (account === undefined) return { decision: { outcome: 'denied', denial: UNCOVERED }, wouldAllow: [] };
  const applied = applyPolicy(asked, policy, account.hierarchical, now);
  const { request } = applied;
  const question = { caller, request, account, now };
  const inMode = (mode: Grant['mode']) => config.grants.filter((grant) => grant.mode === mode);
  const candidates = (grants: readonly Grant[]) =>
    grants
      .filter((grant) => covers(grant, caller, request))
      .flatMap((grant) => candidatesOf(grant, kindsOf(request), question, applied));
  const faults = [...applied.faults, ...accountFaults(applied, account)];
  const granted = inMode('enforce');
  const decision = decide(candidates(granted), { applied, account, faults }, (best) =>
    narrowerThan(best, granted, question, applied),
  );
  if (decision.outcome === 'allowed' || faults.length > 0) return { decision, wouldAllow: [] };
  const reported = candidates(inMode('report')).filter((candidate) => isOpen(candidate, request));
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

/** Never an account SAS that was not asked for by name. */
function kindsOf({ kind }: TokenRequest): readonly SasKind[] {
  return kind === 'auto' ? ['user-delegation', 'service'] : [kind];
}

/** What is asked and of what, and why that cannot be, whatever the grants say. */
interface Case {
  readonly applied: AppliedPolicy;
  readonly account: StorageAccount;
  readonly faults: readonly Fault[];
}

function decide(
  candidates: readonly Candidate[],
  { applied, account, faults }: Case,
  narrower: (best: Candidate) => Narrower,
): Decision {
  const { request } = applied;
  if (candidates.length === 0) return { outcome: 'denied', denial: UNCOVERED };
  if (faults.length > 0) return { outcome: 'invalid', faults };
  const [best] = candidates.filter((candidate) => isOpen(candidate, request)).sort(byPreference(request));
  if (best !== undefined)
    return {
      outcome: 'allowed',
      token: narrow(best, applied, account, candidates, narrower(best)),
    };
  const [nearest] = [...candidates].sort(byPreference(request));
  const missing = nearest === undefined ? [] : missingOf(nearest, candidates);
  return { outcome: 'denied', denial: { missing, nearest: nearest ?? null } };
}

/** Where no kind of `auto` can serve, each of them says why. */
function missingOf(nearest: Candidate, candidates: readonly Candidate[]): Fault[] {
  const isKind = ({ field }: Shortfall) => field === 'kind';
  const others = nearest.shortfalls.some(isKind)
    ? candidates
        .filter(({ grant }) => grant === nearest.grant)
        .flatMap(({ shortfalls }) => shortfalls.filter(isKind))
    : [];
  const messages = new Map([...nearest.shortfalls, ...others].map(({ field, message }) => [message, field]));
  return [...messages].map(([message, field]) => ({ path: field, message }));
}

const UNCOVERED: Denial = {
  missing: [{ path: 'resource', message: 'none of your grants covers this resource' }],
  nearest: null,
};

function narrow(
  best: Candidate,
  { request, held }: AppliedPolicy,
  account: StorageAccount,
  candidates: readonly Candidate[],
  narrower: Narrower,
): AuthorizedToken {
  return {
    account,
    resource: request.resource,
    kind: best.kind,
    kindReason: kindReason(best, request, candidates, narrower),
    ...best.terms,
    responseHeaders: request.responseHeaders,
    encryptionScope: request.encryptionScope,
    policy: request.policy,
    omit: held,
    delegatedUser: request.boundUser,
    agent: request.agent,
    purpose: request.purpose,
    grant: best.grant.id,
    clamped: best.shortfalls.map(({ field, asked, granted }) => ({ field, asked, granted: granted ?? '' })),
    narrower,
    // The one place that makes the brand: everything above came out of a grant.
  } as unknown as AuthorizedToken;
}

function kindReason(
  best: Candidate,
  request: TokenRequest,
  candidates: readonly Candidate[],
  narrower: Narrower,
): string {
  if (request.kind !== 'auto') {
    const asked = `${best.kind} was asked for, and grant ${best.grant.id} allows it`;
    return narrower.kind === null ? asked : `${asked}; ${narrower.kind} is narrower and would have served`;
  }
  if (best.kind === 'user-delegation')
    return 'user-delegation is the strongest kind: no account key signs it';
  const narrowedAway = best.shortfalls.map(({ message }) => message);
  const blocked = candidates
    .filter((candidate) => candidate.kind === 'user-delegation')
    .flatMap(({ shortfalls }) => shortfalls.map(({ message }) => message))
    .filter((message) => !narrowedAway.includes(message));
  return `service, since user-delegation does not serve here: ${[...new Set(blocked)].join('; ')}`;
}
