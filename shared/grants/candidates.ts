import { letterOrderOf } from '../azure/resources.ts';
import { SAS_KINDS, type SasKind } from '../azure/sas-kinds.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import type { AppliedPolicy, HeldByPolicy } from './apply-policy.ts';
import { assess } from './assess.ts';
import type { Assessment, Question, Shortfall } from './assessment.ts';
import type { CoveringGrant } from './coverage.ts';

/** One grant and kind that could serve a request, and how it was assessed. */
export interface Candidate extends Assessment, CoveringGrant {
  readonly kind: SasKind;
}

/**
 * Assesses the request by each of these grants and kinds.
 * @param held what the request's stored policy sets: it cannot be narrowed.
 */
export function candidatesOf(
  covering: readonly CoveringGrant[],
  kinds: readonly SasKind[],
  question: Question,
  { held }: Pick<AppliedPolicy, 'held'>,
): Candidate[] {
  return covering.flatMap(({ grant, reach }) =>
    kinds.map((kind) => {
      const { terms, shortfalls } = assess(grant, kind, question);
      return {
        grant,
        kind,
        reach,
        terms,
        shortfalls: shortfalls.map((shortfall) => withoutNarrowing(shortfall, held)),
      };
    }),
  );
}

/** One token cannot narrow what its stored policy sets. */
function withoutNarrowing(shortfall: Shortfall, held: HeldByPolicy): Shortfall {
  const { field, message } = shortfall;
  const isHeld =
    (field === 'permissions' && held.permissions) ||
    (field === 'expiresAt' && held.expiry) ||
    (field === 'startsAt' && held.start);
  if (!isHeld) return shortfall;
  return { ...shortfall, message: `${message} (the stored access policy sets it)`, granted: null };
}

/** Reports whether the candidate allows the request, narrowed if the caller agreed to that with `clamp`. */
export function isOpen({ shortfalls }: Candidate, request: TokenRequest): boolean {
  return request.clamp ? shortfalls.every(({ granted }) => granted !== null) : shortfalls.length === 0;
}

/**
 * Compares candidates, the preferred one first: it keeps the requested letters, then is of the strongest kind, then
 * keeps most of the rest, then has the least excess. The grant's id makes the order stable.
 */
export function byPreference(request: TokenRequest) {
  const rank = (candidate: Candidate): readonly number[] => [
    candidate.shortfalls.filter(({ granted }) => granted === null).length,
    candidate.shortfalls.some(({ field }) => field === 'kind') ? 1 : 0,
    request.permissions.length - candidate.terms.permissions.length,
    SAS_KINDS.indexOf(candidate.kind),
    candidate.shortfalls.length,
    -candidate.terms.expiresAt.getTime(),
    candidate.grant.permissions[letterOrderOf(request.resource)].size,
    candidate.reach,
    candidate.grant.maxTtl,
  ];
  return (a: Candidate, b: Candidate): number => {
    const ranksOfA = rank(a);
    const ranksOfB = rank(b);
    const differing = ranksOfA.findIndex((value, index) => value !== ranksOfB[index]);
    if (differing < 0) return a.grant.id < b.grant.id ? -1 : 1;
    return (ranksOfA[differing] ?? 0) - (ranksOfB[differing] ?? 0);
  };
}
