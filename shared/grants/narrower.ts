import { isOfService, scopeOf } from '../azure/resources.ts';
import type { AccountResource } from '../azure/resources.ts';
import type { Grant } from '../config/broker-config.ts';
import { undelegable } from '../azure/sas-versions.ts';
import { permissionNames, topLetters } from '../azure/permissions.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import { assess } from './assess.ts';
import type { Question } from './assessment.ts';
import { candidatesOf, covers, isGrantedTo, isOpen, type Candidate } from './candidates.ts';
import type { AppliedPolicy } from './apply-policy.ts';
import type { Service } from '../azure/services.ts';
import { SAS_KINDS, type SasKind } from '../azure/sas-kinds.ts';

/** What a caller could have asked for instead, told with the token they get. */
export interface Narrower {
  /** A stronger kind of SAS that the caller's own grants would have given for this, or null. */
  readonly kind: SasKind | null;
  /** The same, and whatever else is wider than it need be, in words. */
  readonly hints: readonly string[];
}

/**
 * What would have been narrower than what is issued. Pure.
 * @param issued the grant and kind that serve, with the terms of the token.
 * @param grants those in force.
 */
export function narrowerThan(
  issued: Candidate,
  grants: readonly Grant[],
  question: Question,
  applied: AppliedPolicy,
): Narrower {
  const kind = strongerKind(issued, grants, question, applied);
  const { resource } = question.request;
  const parts = partHints({ resource, permissions: issued.terms.permissions });
  return { kind, hints: [...(kind === null ? [] : [kindHint(issued.kind, kind)]), ...parts] };
}

/** Letters of a whole container or share that are for the blobs or files in it, one at a time: ask for those. */
export function partHints({
  resource,
  permissions,
}: Pick<TokenRequest, 'resource' | 'permissions'>): string[] {
  if (!isOfService(resource)) return [];
  const scope = scopeOf(resource);
  // Listing, and finding by tags, belong to the whole.
  if ((scope !== 'container' && scope !== 'share') || permissions === '' || /[lf]/.test(permissions))
    return [];
  const names = permissionNames(permissions, resource.service).join(', ');
  const [part, parts] =
    scope === 'share'
      ? ['file', 'files']
      : /[meop]/.test(permissions)
        ? ['blob or directory', 'blobs or directories']
        : ['blob', 'blobs'];
  return [
    `The permissions ${names} are for single ${parts}: ask for one ${part} by its own URL, not for the whole ${scope}`,
  ];
}

function kindHint(kind: SasKind, stronger: SasKind): string {
  return kind === 'account'
    ? `A ${stronger} SAS would have served wherever one container, queue, table or share is enough (its own properties apart): ask for it as url or resource`
    : `A ${stronger} SAS would have served: ask for kind ${stronger} or auto`;
}

function strongerKind(
  issued: Candidate,
  grants: readonly Grant[],
  question: Question,
  applied: AppliedPolicy,
): SasKind | null {
  switch (issued.kind) {
    case 'user-delegation':
      return null;
    case 'service':
      return delegatedKind(issued, grants, question, applied);
    case 'account':
      return instead(issued, grants, question);
  }
}

function delegatedKind(
  { terms }: Candidate,
  grants: readonly Grant[],
  question: Question,
  applied: AppliedPolicy,
): SasKind | null {
  const candidates = grants
    .filter((grant) => covers(grant, question.caller, question.request))
    .flatMap((grant) => candidatesOf(grant, ['user-delegation'], question, applied));
  const serves = (candidate: Candidate) =>
    isOpen(candidate, question.request) &&
    candidate.terms.permissions === terms.permissions &&
    candidate.terms.expiresAt >= terms.expiresAt &&
    candidate.terms.ip === terms.ip &&
    candidate.terms.protocol === terms.protocol;
  return candidates.some(serves) ? 'user-delegation' : null;
}

/** The strongest kind that the caller could have for each of the services; null where one has none. */
function instead({ terms }: Candidate, grants: readonly Grant[], question: Question): SasKind | null {
  const { request } = question;
  const { resource } = request;
  if (isOfService(resource) || !isForContents(resource, terms.permissions)) return null;
  const same = { ...question, request: { ...request, ...terms, startsAt: request.startsAt } };
  const own = grants.filter((grant) => isGrantedTo(grant, question.caller));
  const kinds = resource.services.map((service) => kindFor(service, own, same));
  return kinds.includes(null) ? null : (SAS_KINDS.findLast((kind) => kinds.includes(kind)) ?? null);
}

/** What lies in containers, not containers themselves: to make, change or delete those only an account SAS will do. */
function isForContents({ resourceTypes }: AccountResource, permissions: string): boolean {
  return (
    !resourceTypes.includes('service') && !(resourceTypes.includes('container') && /[cwd]/.test(permissions))
  );
}

/** By a grant for whole containers, queues, tables or shares, on the same terms. */
function kindFor(service: Service, own: readonly Grant[], question: Question): SasKind | null {
  const { request, account } = question;
  const takes = topLetters(service, account.hierarchical);
  if (!Array.from(request.permissions).every((letter) => takes.has(letter))) return null;
  const named = own.filter(({ resources }) =>
    resources.some(
      (pattern) =>
        pattern.account === account.name && pattern.service === service && pattern.segments.length === 1,
    ),
  );
  const offers = (kind: SasKind) =>
    named.some(
      (grant) =>
        grant.kinds.has(kind) &&
        assess(grant, kind, question).shortfalls.every(({ field }) => field === 'kind'),
    );
  if (undelegable(service, account.sasVersion) === null && offers('user-delegation'))
    return 'user-delegation';
  return offers('service') ? 'service' : null;
}
