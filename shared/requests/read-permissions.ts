import { inAzureOrder, lettersFor } from '../azure/permissions.ts';
import { foreignNames, parseLetters } from '../azure/requested-letters.ts';
import { isOfService, letterOrderOf, type Resource, scopeOf } from '../azure/resources.ts';
import type { Fault } from '../broker-error.ts';
import { fail, ok, type Result } from '../result.ts';
import type { TokenRequestMembers } from './token-request-schema.ts';

/**
 * Reads the letters of a token request, in Azure's order. Validates them for the least restricted account there could
 * be; the limits of the actual account apply after a grant covers the request.
 * @param resource null if it is faulty; then the letters are not validated, and the result is empty.
 * @param shapeFaults what the schema reported. A faulty member is not reported again here.
 */
export function readPermissions(
  members: TokenRequestMembers,
  resource: Resource | null,
  shapeFaults: readonly Fault[],
): Result<string, Fault[]> {
  const { permissions, policy } = members;
  if (permissions === undefined) {
    // A faulty policy might have contained the permissions.
    const isFaulty = shapeFaults.some(({ path }) => /^(?:permissions|policy)\b/.test(path));
    return policy !== undefined || isFaulty
      ? ok('')
      : fail([{ path: 'permissions', message: 'is required' }]);
  }
  const letters = parseLetters(permissions);
  if (!letters.ok || resource === null) return ok('');
  const allowed = lettersFor(resource, true);
  const order = letterOrderOf(resource);
  const foreign = foreignNames(permissions, order);
  const wrong = [...foreign, ...[...letters.value].filter((letter) => !allowed.has(letter))];
  if (wrong.length === 0) return ok(inAzureOrder(letters.value, order));
  const what = isOfService(resource)
    ? `a ${scopeOf(resource)}`
    : `an account SAS for ${resource.services.join(', ')}`;
  const message = `${what} does not support the permission ${wrong.join(', ')}; it supports ${inAzureOrder(allowed, order)}${listingHint(resource, wrong)}`;
  return fail([{ path: 'permissions', message }]);
}

/** Listing a blob or file instead of its container or share is the most common mistake. */
function listingHint(resource: Resource, wrong: readonly string[]): string {
  const isPart = isOfService(resource) && ['blob', 'file'].includes(scopeOf(resource));
  return isPart && wrong.includes('l') ? '. To list, request a token for the whole container or share' : '';
}
