import { isOfService, SAS_KINDS, scopeOf } from '../azure-storage.ts';
import type { AccountResource, SasKind, Service } from '../azure-storage.ts';
import type { Grant } from '../config/broker-config.ts';
import { permissionNames, topLetters } from '../permissions.ts';
import type { TokenRequest } from '../issuing/token-request.ts';
import { undelegable } from './assess.ts';
import type { Question } from './assessment.ts';
import { candidatesOf, covers, isGrantedTo, isOpen } from './candidates.ts';
import type { AppliedPolicy } from '../stored-policies/apply-policy.ts';

/** What a caller could have asked for instead, told with the token they get. */
export interface Narrower {
  /** A stronger kind of SAS that the caller's own grants would have given for this, or null. */
  readonly kind: SasKind | null;
  /** The same, and whatever else is wider than it need be, in words. */
  readonly hints: readonly string[];
}

/**
 * What would have been narrower than a token of `kind`. Pure.
 * @param grants those in force.
 */
export function narrowerThan(
  kind: SasKind,
  grants: readonly Grant[],
  question: Question,
  applied: AppliedPolicy,
): Narrower {
  const stronger =
    kind === 'account'
      ? instead(grants, question)
      : kind === 'service'
        ? delegated(grants, question, applied)
        : null;
  const hints = [...(stronger === null ? [] : [kindHint(kind, stronger)]), ...partHints(applied.request)];
  return { kind: stronger, hints };
}

/** Letters of a whole container or share that act on the blobs or files in it, one at a time: ask for those. */
export function partHints({
  resource,
  permissions,
}: Pick<TokenRequest, 'resource' | 'permissions'>): string[] {
  if (!isOfService(resource)) return [];
  const scope = scopeOf(resource);
  const part = scope === 'container' ? 'blob' : scope === 'share' ? 'file' : null;
  // Listing, and finding by tags, belong to the whole.
  if (part === null || permissions === '' || /[lf]/.test(permissions)) return [];
  const names = permissionNames(permissions, resource.service).join(', ');
  return [
    `${names}: each acts on single ${part}s, so a token for one ${part} would be narrower than one for the whole ${scope}; ask for the ${part}’s own URL`,
  ];
}

function kindHint(kind: SasKind, stronger: SasKind): string {
  return kind === 'account'
    ? `a ${stronger} SAS would have served wherever one container, queue, table or share is enough: ask for it as url or resource`
    : `a ${stronger} SAS would have served: ask for kind ${stronger} or auto`;
}

function delegated(grants: readonly Grant[], question: Question, applied: AppliedPolicy): SasKind | null {
  const candidates = grants
    .filter((grant) => covers(grant, question.caller, question.request))
    .flatMap((grant) => candidatesOf(grant, ['user-delegation'], question, applied));
  return candidates.some((candidate) => isOpen(candidate, question.request)) ? 'user-delegation' : null;
}

/** The strongest kind that the caller could have for each of the services; null where one has none. */
function instead(grants: readonly Grant[], question: Question): SasKind | null {
  const { resource, permissions } = question.request;
  if (isOfService(resource) || !isForContents(resource, permissions)) return null;
  const own = grants.filter((grant) => isGrantedTo(grant, question.caller));
  const kinds = resource.services.map((service) => kindFor(service, own, question));
  return kinds.includes(null) ? null : (SAS_KINDS.findLast((kind) => kinds.includes(kind)) ?? null);
}

/** What lies in containers, not containers themselves: to make, list or delete those only an account SAS will do. */
function isForContents({ resourceTypes }: AccountResource, permissions: string): boolean {
  return (
    !resourceTypes.includes('service') && !(resourceTypes.includes('container') && /[cwd]/.test(permissions))
  );
}

function kindFor(service: Service, own: readonly Grant[], { request, account }: Question): SasKind | null {
  const letters = Array.from(request.permissions);
  const takes = topLetters(service, account.hierarchical);
  if (!letters.every((letter) => takes.has(letter))) return null;
  const serving = own.filter(
    (grant) =>
      letters.every((letter) => grant.permissions.has(letter)) &&
      grant.resources.some((pattern) => pattern.account === account.name && pattern.service === service),
  );
  const offers = (kind: SasKind) => serving.some((grant) => grant.kinds.has(kind));
  if (offers('user-delegation') && undelegable(service, account) === null) return 'user-delegation';
  return offers('service') ? 'service' : null;
}
