import { inAzureOrder, lettersFor, PERMISSION_LETTERS } from '../azure/permissions.ts';
import { isOfService, scopeOf, type ServiceResource } from '../azure/resources.ts';
import type { Fault } from '../broker-error.ts';
import { formatInstant } from '../iso-time.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import { isManagedId, type StoredPolicy } from '../stored-policies/stored-policy.ts';

/** Which of a token's values its stored policy sets: the token leaves them out. */
export interface HeldByPolicy {
  readonly permissions: boolean;
  readonly expiry: boolean;
  readonly start: boolean;
}

const HELD_BY_NONE: HeldByPolicy = { permissions: false, expiry: false, start: false };

/** A request with its policy's values filled in: a grant's limits then apply to what the token can really do. */
export interface AppliedPolicy {
  readonly request: TokenRequest;
  readonly held: HeldByPolicy;
  readonly faults: readonly Fault[];
}

/**
 * Fills a policy's values into the request that names it. A managed policy counts as absent, whoever asks: it serves only
 * the revocable tokens of its grant, and another caller must not learn that it exists.
 * @param policy null if the place has no policy of this id; undefined if none was read.
 * @param hierarchical true if the account has a hierarchical namespace.
 */
export function applyPolicy(
  request: TokenRequest,
  policy: StoredPolicy | null | undefined,
  hierarchical: boolean,
  now: Date,
): AppliedPolicy {
  const { resource } = request;
  if (policy === undefined || !isOfService(resource)) return { request, held: HELD_BY_NONE, faults: [] };
  if (policy === null || isManagedId(policy.id))
    return { request, held: HELD_BY_NONE, faults: [absenceFault(resource, request.policy)] };
  const held = {
    permissions: policy.permissions !== '',
    expiry: policy.expiresAt !== null,
    start: policy.startsAt !== null,
  };
  const applicable = lettersFor(resource, hierarchical);
  const applied = {
    ...request,
    // A container's letters that do not apply to blobs have no effect in a blob's token.
    permissions: held.permissions
      ? inAzureOrder(
          Array.from(policy.permissions).filter((letter) => applicable.has(letter)),
          resource.service,
        )
      : request.permissions,
    expiresAt: policy.expiresAt ?? request.expiresAt,
    startsAt: policy.startsAt ?? request.startsAt,
  };
  const faults = [...repetitionFaults(request, held), ...policyFaults(applied, policy, resource, now)];
  return { request: applied, held, faults };
}

/** Storage rejects a token that repeats a value of its policy. Only permissions must be in one of the two. */
function repetitionFaults(request: TokenRequest, held: HeldByPolicy): Fault[] {
  const refuse = (path: string, what: string): Fault[] => [
    { path, message: `must be omitted: the stored access policy sets ${what}` },
  ];
  const required = [
    { path: 'permissions', message: 'is required: the stored access policy sets no permissions' },
  ];
  return [
    ...(held.permissions && request.permissions !== '' ? refuse('permissions', 'the permissions') : []),
    ...(held.expiry && request.expiresAt !== null
      ? refuse(request.expiryMember ?? 'expiresAt', 'the expiry')
      : []),
    ...(held.start && request.startsAt !== null ? refuse('startsAt', 'the start') : []),
    ...(!held.permissions && request.permissions === '' ? required : []),
  ];
}

function policyFaults(
  { permissions, startsAt, expiresAt }: TokenRequest,
  policy: StoredPolicy,
  resource: ServiceResource,
  now: Date,
): Fault[] {
  const refuse = (message: string): Fault[] => [{ path: 'policy', message }];
  const unknown = Array.from(policy.permissions).filter(
    (letter) => !(PERMISSION_LETTERS as readonly string[]).includes(letter),
  );
  if (unknown.length > 0) return refuse(`has permissions that the broker does not know: ${unknown.join('')}`);
  if (policy.permissions !== '' && permissions === '')
    return refuse(`has no permission that applies to a ${scopeOf(resource)}`);
  if (policy.expiresAt !== null && policy.expiresAt <= now)
    return refuse(`expired at ${formatInstant(policy.expiresAt)}`);
  if (startsAt !== null && expiresAt !== null && startsAt >= expiresAt)
    return refuse(
      `does not fit the request: the token would expire before it starts, at ${formatInstant(startsAt)}`,
    );
  return [];
}

function absenceFault(resource: ServiceResource, id: string | null): Fault {
  const scope = scopeOf(resource);
  const place = resource.service === 'blob' ? 'container' : resource.service === 'file' ? 'share' : scope;
  // The hint depends on the form of the id alone, so it says nothing about what exists.
  const hint =
    id !== null && isManagedId(id)
      ? '; ids of this form are reserved for managed policies, so request revocable: true instead'
      : '';
  return { path: 'policy', message: `is not a stored access policy of this ${place}${hint}` };
}
