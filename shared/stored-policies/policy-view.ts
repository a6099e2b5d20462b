import { z } from 'zod';
import { lettersOfWhat, scopeOf } from '../azure/resources.ts';
import type { Fault } from '../broker-error.ts';
import { formatInstant, parseInstant } from '../iso-time.ts';
import { inAzureOrder, lettersFor } from '../azure/permissions.ts';
import { foreignNames, parseLetters } from '../azure/requested-letters.ts';
import { instantSchema } from '../input/instant-schema.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { readMembers } from '../input/schema-faults.ts';
import type { PolicyAnswer } from './put-policy.ts';
import { isManagedId, resourceOf, type PolicyPlace, type StoredPolicy } from './stored-policy.ts';

/** A policy in a reply. */
export const storedPolicySchema = z.object({
  id: z.string(),
  startsAt: z.string().nullable(),
  expiresAt: z.string().nullable(),
  permissions: z.string(),
  managed: z.boolean().describe('Made by the broker for revocable tokens'),
  usableAfter: z.string().nullable().describe('When storage certainly acts on it; null: it does'),
});

export const storedPolicyListSchema = z.object({
  items: z.array(storedPolicySchema),
  nextCursor: z.string().nullable(),
});

/** The body of `PUT …/policies/{policyId}`: what is left out, a token by the policy must carry. */
export const policyBodySchema = z.strictObject({
  startsAt: instantSchema.optional(),
  expiresAt: instantSchema.optional(),
  permissions: z
    .union([z.string(), z.array(z.string()).max(32)])
    .optional()
    .describe("Azure's letters in any order, or their names"),
});

export type PolicyBody = z.infer<typeof policyBodySchema>;

const MAX_ID = 64;
/** What a path segment or storage's XML would not carry through as it is. */
// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
const UNFIT = /[\u0000-\u001f\u007f-\u009f\ufffe\uffff/\\?#%]|^[\s.]|[\s.]$/;

/** @throws BrokerError `invalid_request` with every fault of the body's shape. */
export function readPolicyBody(json: unknown): PolicyBody {
  const { members, faults } = readMembers(policyBodySchema, json);
  const letters = members.permissions === undefined ? null : parseLetters(members.permissions);
  const { startsAt, expiresAt } = members;
  const [start, end] = [startsAt, expiresAt].map((text) => (text === undefined ? null : parseInstant(text)));
  const all = [
    ...faults,
    ...(letters?.ok === false ? [{ path: 'permissions', message: letters.fault.message }] : []),
    ...(start && end && start >= end ? [{ path: 'startsAt', message: 'must be before expiresAt' }] : []),
  ];
  if (all.length > 0) throw invalidRequest('policy', all);
  return members;
}

/** The policy that a body describes. @throws BrokerError `invalid_request` where the place has no such letters, or the id is unfit. */
export function policyFromBody(place: PolicyPlace, id: string, body: PolicyBody): StoredPolicy {
  const faults = idFaults(id);
  const resource = resourceOf(place);
  const letters = body.permissions === undefined ? null : parseLetters(body.permissions);
  const wanted = letters?.ok === true ? [...letters.value] : [];
  const has = lettersFor(resource, place.account.hierarchical);
  const order = lettersOfWhat(resource);
  const foreign = foreignNames(body.permissions ?? '', order);
  const wrong = [...foreign, ...wanted.filter((letter) => !has.has(letter))];
  if (wrong.length > 0)
    faults.push({
      path: 'permissions',
      message: `a ${scopeOf(resource)} has no permission ${wrong.join(', ')}; it has ${inAzureOrder(has, order)}`,
    });
  if (faults.length > 0) throw invalidRequest('policy', faults);
  return {
    id,
    startsAt: body.startsAt === undefined ? null : parseInstant(body.startsAt),
    expiresAt: body.expiresAt === undefined ? null : parseInstant(body.expiresAt),
    permissions: inAzureOrder(wanted, order),
    managed: false,
  };
}

function idFaults(id: string): Fault[] {
  const refuse = (message: string): Fault[] => [{ path: 'policyId', message }];
  if (id === '' || id.length > MAX_ID) return refuse(`must be 1 to ${MAX_ID} characters`);
  if (UNFIT.test(id) || !id.isWellFormed())
    return refuse('must have no control characters, /, \\, ?, # or %, and no dot or space at either end');
  if (isManagedId(id)) return refuse('is of the form that the broker keeps for policies of its own');
  return [];
}

/** A policy for a reply. */
export function policyView({ policy, usableAfter }: PolicyAnswer): z.infer<typeof storedPolicySchema> {
  const { id, startsAt, expiresAt, permissions, managed } = policy;
  return {
    id,
    startsAt: startsAt && formatInstant(startsAt),
    expiresAt: expiresAt && formatInstant(expiresAt),
    permissions,
    managed,
    usableAfter: usableAfter && formatInstant(usableAfter),
  };
}
