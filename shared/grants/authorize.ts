import type { SasKind } from '../azure/sas-kinds.ts';
import type { Fault } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import type { StoredPolicy } from '../stored-policies/stored-policy.ts';
import { accountFaults } from './account-faults.ts';
import { type AppliedPolicy, applyPolicy } from './apply-policy.ts';
import type { Question, Shortfall } from './assessment.ts';
import type { AuthorizedToken } from './authorized-token.ts';
import { byPreference, type Candidate, candidatesOf, isOpen } from './candidates.ts';
import type { Coverage, CoveringGrant } from './coverage.ts';
import { type Narrower, narrowerThan } from './narrower.ts';

/** A refusal; `nearest` is null if none of the caller's grants covers the resource. */
export interface Denial {
  readonly missing: readonly Fault[];
  readonly nearest: Candidate | null;
}

/** What a blocked caller is told. It says nothing about the request. */
export const BLOCKED: Fault = { path: '', message: 'This caller is blocked.' };

export type Decision =
  | { readonly outcome: 'allowed'; readonly token: AuthorizedToken }
  | { readonly outcome: 'denied'; readonly denial: Denial }
  /** An operator has blocked the caller, whatever the grants allow. */
  | { readonly outcome: 'blocked' }
  /** A grant covers the caller, but the account does not support the request. */
  | { readonly outcome: 'invalid'; readonly faults: readonly Fault[] };

/** A decision and, for a request that is not allowed, the ids of the grants in `report` mode that would allow it. */
export interface Authorization {
  readonly decision: Decision;
  readonly wouldAllow: readonly string[];
}

/**
 * Decides on one request: chooses the strongest kind that serves and, of the grants that allow it, the one with the
 * least excess. Pure: the same arguments give the same decision.
 * @param policy the policy in `coverage.policyToRead`; null: it does not exist; undefined: there was none to read.
 */
export function authorize(coverage: Coverage, policy?: StoredPolicy | null): Authorization {
  const { caller, request: asked, account, now } = coverage;
  if (coverage.isBlocked) return { decision: { outcome: 'blocked' }, wouldAllow: [] };
  // An unknown account is refused in the same way as one that no grant names.
  if (account === null) return { decision: { outcome: 'denied', denial: UNCOVERED }, wouldAllow: [] };
  const applied = applyPolicy(asked, policy, account.hierarchical, now);
  const { request } = applied;
  const question = { caller, request, account, now };
  const candidates = (covering: readonly CoveringGrant[]) =>
    candidatesOf(covering, kindsOf(request), question, applied);
  const faults = [...applied.faults, ...accountFaults(applied, account)];
  const decision = decide(candidates(coverage.covering), { coverage, question, applied, faults });
  if (decision.outcome === 'allowed' || faults.length > 0) return { decision, wouldAllow: [] };
  const open = candidates(coverage.reporting).filter((candidate) => isOpen(candidate, request));
  return { decision, wouldAllow: [...new Set(open.map(({ grant }) => grant.id))] };
}

/** Returns the kinds to try. An account SAS must be requested by name. */
function kindsOf({ kind }: TokenRequest): readonly SasKind[] {
  return kind === 'auto' ? ['user-delegation', 'service'] : [kind];
}

/** What is requested, and why the account or the policy rules it out, whatever the grants allow. */
interface Case {
  readonly coverage: Coverage;
  readonly question: Question;
  readonly applied: AppliedPolicy;
  readonly faults: readonly Fault[];
}

function decide(candidates: readonly Candidate[], { coverage, question, applied, faults }: Case): Decision {
  const { request, account } = question;
  if (candidates.length === 0) return { outcome: 'denied', denial: UNCOVERED };
  if (faults.length > 0) return { outcome: 'invalid', faults };
  const [best] = candidates.filter((candidate) => isOpen(candidate, request)).sort(byPreference(request));
  if (best !== undefined) {
    const narrower = narrowerThan(best, coverage, question, applied);
    return { outcome: 'allowed', token: narrow(best, applied, account, candidates, narrower) };
  }
  const [nearest] = [...candidates].sort(byPreference(request));
  const missing = nearest === undefined ? [] : missingOf(nearest, candidates);
  return { outcome: 'denied', denial: { missing, nearest: nearest ?? null } };
}

/** If no kind of `auto` can serve, each kind gives its reason. */
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
    // The only place that makes the brand: everything above came out of a grant.
  } as unknown as AuthorizedToken;
}

function kindReason(
  best: Candidate,
  request: TokenRequest,
  candidates: readonly Candidate[],
  narrower: Narrower,
): string {
  if (request.kind !== 'auto') {
    const reason = `${best.kind} was requested, and grant ${best.grant.id} allows it`;
    return narrower.kind === null
      ? reason
      : `${reason}; ${narrower.kind} is narrower and would also have worked`;
  }
  if (best.kind === 'user-delegation')
    return 'user-delegation is the strongest kind: no account key signs it';
  const narrowedAway = best.shortfalls.map(({ message }) => message);
  const blocked = candidates
    .filter((candidate) => candidate.kind === 'user-delegation')
    .flatMap(({ shortfalls }) => shortfalls.map(({ message }) => message))
    .filter((message) => !narrowedAway.includes(message));
  return `service, because user-delegation does not work here: ${[...new Set(blocked)].join('; ')}`;
}
