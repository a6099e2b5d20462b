import { permissionNames, topLetters } from '../azure/permissions.ts';
import { type AccountResource, isOfService, scopeOf } from '../azure/resources.ts';
import { SAS_KINDS, type SasKind } from '../azure/sas-kinds.ts';
import { userDelegationFault } from '../azure/sas-versions.ts';
import type { Service } from '../azure/services.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import type { AppliedPolicy } from './apply-policy.ts';
import { assess } from './assess.ts';
import type { Question } from './assessment.ts';
import { type Candidate, candidatesOf, isOpen } from './candidates.ts';
import type { Coverage } from './coverage.ts';

/** What a caller could have requested instead; returned with the token. */
export interface Narrower {
  /** A stronger kind of SAS that the caller's own grants would have given for the request, or null. */
  readonly kind: SasKind | null;
  /** In words: the stronger kind, and anything else that is wider than necessary. */
  readonly hints: readonly string[];
}

/**
 * Finds what would have been narrower than the token that is issued. Pure.
 * @param issued the chosen grant and kind, with the terms of the token.
 */
export function narrowerThan(
  issued: Candidate,
  coverage: Coverage,
  question: Question,
  applied: AppliedPolicy,
): Narrower {
  const kind = strongerKind(issued, coverage, question, applied);
  const { resource } = question.request;
  const parts = partHints({ resource, permissions: issued.terms.permissions });
  return { kind, hints: [...(kind === null ? [] : [kindHint(issued.kind, kind)]), ...parts] };
}

/** Returns a hint if all letters for a whole container or share apply to single blobs or files: request those instead. */
export function partHints({
  resource,
  permissions,
}: Pick<TokenRequest, 'resource' | 'permissions'>): string[] {
  if (!isOfService(resource)) return [];
  const scope = scopeOf(resource);
  // Listing and finding by tags apply to the whole container or share.
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
    `The permissions ${names} apply to single ${parts}: request one ${part} by its own URL instead of the whole ${scope}`,
  ];
}

function kindHint(kind: SasKind, stronger: SasKind): string {
  return kind === 'account'
    ? `If one container, queue, table or share is enough, without its own properties, a ${stronger} SAS works too: request it as url or resource`
    : `A ${stronger} SAS would also have worked: request kind ${stronger} or auto`;
}

function strongerKind(
  issued: Candidate,
  coverage: Coverage,
  question: Question,
  applied: AppliedPolicy,
): SasKind | null {
  switch (issued.kind) {
    case 'user-delegation':
      return null;
    case 'service':
      return strongerThanService(issued, coverage, question, applied);
    case 'account':
      return strongerThanAccount(issued, coverage, question);
  }
}

function strongerThanService(
  { terms }: Candidate,
  { covering }: Coverage,
  question: Question,
  applied: AppliedPolicy,
): SasKind | null {
  const candidates = candidatesOf(covering, ['user-delegation'], question, applied);
  const serves = (candidate: Candidate) =>
    isOpen(candidate, question.request) &&
    candidate.terms.permissions === terms.permissions &&
    candidate.terms.expiresAt >= terms.expiresAt &&
    candidate.terms.ip === terms.ip &&
    candidate.terms.protocol === terms.protocol;
  return candidates.some(serves) ? 'user-delegation' : null;
}

/** Returns the strongest kind that the caller could have for every one of the services; null if there is none. */
function strongerThanAccount(
  { terms }: Candidate,
  { forWholePlaces }: Coverage,
  question: Question,
): SasKind | null {
  const { request } = question;
  const { resource } = request;
  if (isOfService(resource) || !isForContents(resource, terms.permissions)) return null;
  const same = { ...question, request: { ...request, ...terms, startsAt: request.startsAt } };
  const kinds = resource.services.map((service) => kindFor(service, forWholePlaces, same));
  return kinds.includes(null) ? null : (SAS_KINDS.findLast((kind) => kinds.includes(kind)) ?? null);
}

/**
 * Reports whether the request is for the contents of containers, not for containers themselves: only an account SAS can
 * create, change or delete those.
 */
function isForContents({ resourceTypes }: AccountResource, permissions: string): boolean {
  return (
    !resourceTypes.includes('service') && !(resourceTypes.includes('container') && /[cwd]/.test(permissions))
  );
}

/** Returns the strongest kind that grants for whole containers, queues, tables or shares give on the same terms. */
function kindFor(
  service: Service,
  forWholePlaces: Coverage['forWholePlaces'],
  question: Question,
): SasKind | null {
  const { request, account } = question;
  const known = topLetters(service, account.hierarchical);
  if (!Array.from(request.permissions).every((letter) => known.has(letter))) return null;
  const whole = forWholePlaces(service);
  const offers = (kind: SasKind) =>
    whole.some(
      (grant) =>
        grant.kinds.has(kind) &&
        assess(grant, kind, question).shortfalls.every(({ field }) => field === 'kind'),
    );
  if (userDelegationFault(service, account.sasVersion) === null && offers('user-delegation'))
    return 'user-delegation';
  return offers('service') ? 'service' : null;
}
