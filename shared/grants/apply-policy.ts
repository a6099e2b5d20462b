import { isOfService, scopeOf, type ServiceResource } from '../azure/resources.ts';
import type { Fault } from '../broker-error.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import { formatInstant } from '../iso-time.ts';
import { inAzureOrder, lettersFor, PERMISSION_LETTERS } from '../azure/permissions.ts';
import type { StoredPolicy } from '../stored-policies/stored-policy.ts';

/** What a stored policy holds of a token: the token leaves it out. */
export interface HeldByPolicy {
  readonly permissions: boolean;
  readonly expiry: boolean;
  readonly start: boolean;
}

export const HELD_BY_NONE: HeldByPolicy = { permissions: false, expiry: false, start: false };

/** A request with what its policy holds filled in, so that a grant's limits apply to what the token can really do. */
export interface AppliedPolicy {
  readonly request: TokenRequest;
  readonly held: HeldByPolicy;
  readonly faults: readonly Fault[];
}

/**
 * Puts a policy's fields into the request that names it.
 * @param policy null where the place has none of this id; undefined where it was not read.
 * @param hierarchical of the account.
 */
export function applyPolicy(
  request: TokenRequest,
  policy: StoredPolicy | null | undefined,
  hierarchical: boolean,
  now: Date,
): AppliedPolicy {
  const { resource } = request;
  if (policy === undefined || !isOfService(resource)) return { request, held: HELD_BY_NONE, faults: [] };
  if (policy === null) return { request, held: HELD_BY_NONE, faults: [absent(resource)] };
  const held = {
    permissions: policy.permissions !== '',
    expiry: policy.expiresAt !== null,
    start: policy.startsAt !== null,
  };
  const meant = lettersFor(resource, hierarchical);
  const applied = {
    ...request,
    // A container's letters that mean nothing for a blob give a blob's token nothing.
    permissions: held.permissions
      ? inAzureOrder(
          Array.from(policy.permissions).filter((letter) => meant.has(letter)),
          resource.service,
        )
      : request.permissions,
    expiresAt: policy.expiresAt ?? request.expiresAt,
    startsAt: policy.startsAt ?? request.startsAt,
  };
  const faults = [...twice(request, held), ...unusable(applied, policy, resource, now)];
  return { request: applied, held, faults };
}

/** Storage refuses a token that carries what its policy holds. */
function twice(request: TokenRequest, held: HeldByPolicy): Fault[] {
  const faults: Fault[] = [];
  const refuse = (path: string, what: string) =>
    faults.push({ path, message: `must be left out: the stored access policy holds ${what}` });
  if (held.permissions && request.permissions !== '') refuse('permissions', 'the permissions');
  if (held.expiry && request.expiresAt !== null) refuse(request.expiryMember ?? 'expiresAt', 'the expiry');
  if (held.start && request.startsAt !== null) refuse('startsAt', 'the start');
  if (!held.permissions && request.permissions === '')
    faults.push({ path: 'permissions', message: 'is required: the stored access policy holds none' });
  return faults;
}

function unusable(
  { permissions, startsAt, expiresAt }: TokenRequest,
  policy: StoredPolicy,
  resource: ServiceResource,
  now: Date,
): Fault[] {
  const refuse = (message: string): Fault[] => [{ path: 'policy', message }];
  const strange = Array.from(policy.permissions).filter(
    (letter) => !(PERMISSION_LETTERS as readonly string[]).includes(letter),
  );
  if (strange.length > 0)
    return refuse(`holds permissions that the broker does not know: ${strange.join('')}`);
  if (policy.permissions !== '' && permissions === '')
    return refuse(`holds no permission that a ${scopeOf(resource)} has`);
  if (policy.expiresAt !== null && policy.expiresAt <= now)
    return refuse(`expired at ${formatInstant(policy.expiresAt)}`);
  if (startsAt !== null && expiresAt !== null && startsAt >= expiresAt)
    return refuse(`does not fit: the token would expire before it starts, at ${formatInstant(startsAt)}`);
  return [];
}

function absent(resource: ServiceResource): Fault {
  const scope = scopeOf(resource);
  const place = resource.service === 'blob' ? 'container' : resource.service === 'file' ? 'share' : scope;
  return { path: 'policy', message: `is no stored access policy of this ${place}` };
}
