import * as z from 'zod/mini';
import { inAzureOrder, lettersFor } from '../azure/permissions.ts';
import { foreignNames, MAX_PERMISSIONS, parseLetters } from '../azure/requested-letters.ts';
import { letterOrderOf, scopeOf } from '../azure/resources.ts';
import type { Fault } from '../broker-error.ts';
import { hasControl } from '../input/control-characters.ts';
import { instantSchema } from '../input/instant-schema.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { readMembers } from '../input/schema-faults.ts';
import { looksSecret, SECRET_RULE } from '../input/secret-text-rule.ts';
import { parseInstant } from '../iso-time.ts';
import { isManagedId, type PolicyPlace, resourceOf, type StoredPolicy } from './stored-policy.ts';
import { described } from '../input/described.ts';

/** The body of `PUT …/policies/{policyId}`. A token based on the policy must carry whatever the body leaves out. */
export const policyBodySchema = z.strictObject({
  startsAt: z.optional(instantSchema),
  expiresAt: z.optional(instantSchema),
  permissions: described(
    z.optional(
      z.union([
        z.string().check(z.maxLength(MAX_PERMISSIONS)),
        z.array(z.string()).check(z.maxLength(MAX_PERMISSIONS)),
      ]),
    ),
    "Azure's letters in any order, or their names",
  ),
});

export type PolicyBody = z.infer<typeof policyBodySchema>;

const MAX_ID = 64;
/** What neither a path segment nor storage's XML carries unchanged. */
const UNFIT = /[\ufffe\uffff/\\?#%]|^[\s.]|[\s.]$/;

/** Reads a policy's body without regard to the place. @throws BrokerError `invalid_request` with every fault. */
export function readPolicyBody(json: unknown): PolicyBody {
  const { members, faults } = readMembers(policyBodySchema, json);
  const errors = [...faults, ...permissionFaults(members), ...orderFaults(members)];
  if (errors.length > 0) throw invalidRequest('policy', errors);
  return members;
}

function permissionFaults({ permissions }: Partial<PolicyBody>): Fault[] {
  const letters = permissions === undefined ? null : parseLetters(permissions);
  return letters?.ok === false ? [{ path: 'permissions', message: letters.fault.message }] : [];
}

function orderFaults({ startsAt, expiresAt }: Partial<PolicyBody>): Fault[] {
  const start = instantOf(startsAt);
  const end = instantOf(expiresAt);
  if (start === null || end === null || start < end) return [];
  return [{ path: 'startsAt', message: 'must be before expiresAt' }];
}

/**
 * Returns the policy that a body describes.
 * @throws BrokerError `invalid_request` if the id is invalid, or the place does not support the permissions.
 */
export function policyFromBody(place: PolicyPlace, id: string, body: PolicyBody): StoredPolicy {
  const letters = body.permissions === undefined ? null : parseLetters(body.permissions);
  const wanted = letters?.ok === true ? [...letters.value] : [];
  const errors = [...idFaults(id), ...unsupportedFaults(place, body, wanted)];
  if (errors.length > 0) throw invalidRequest('policy', errors);
  return {
    id,
    startsAt: instantOf(body.startsAt),
    expiresAt: instantOf(body.expiresAt),
    permissions: inAzureOrder(wanted, letterOrderOf(resourceOf(place))),
    managed: false,
  };
}

function idFaults(id: string): Fault[] {
  const refuse = (message: string): Fault[] => [{ path: 'policyId', message }];
  if (id === '' || id.length > MAX_ID) return refuse(`must be 1 to ${MAX_ID} characters`);
  if (UNFIT.test(id) || hasControl(id) || !id.isWellFormed())
    return refuse(
      'must not contain control characters, /, \\, ?, # or %, or start or end with a dot or a space',
    );
  if (looksSecret(id)) return refuse(SECRET_RULE);
  if (isManagedId(id))
    return refuse('must not be sb- and 16 characters of base32, the form reserved for managed policies');
  return [];
}

function unsupportedFaults(
  place: PolicyPlace,
  { permissions = '' }: PolicyBody,
  letters: readonly string[],
): Fault[] {
  const resource = resourceOf(place);
  const order = letterOrderOf(resource);
  const supported = lettersFor(resource, place.account.hierarchical);
  const wrong = [...foreignNames(permissions, order), ...letters.filter((letter) => !supported.has(letter))];
  if (wrong.length === 0) return [];
  const what = `a ${scopeOf(resource)}`;
  const message = `${what} does not support the permission ${wrong.join(', ')}; it supports ${inAzureOrder(supported, order)}`;
  return [{ path: 'permissions', message }];
}

function instantOf(text: string | undefined): Date | null {
  return text === undefined ? null : parseInstant(text);
}
