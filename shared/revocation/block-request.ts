import * as z from 'zod/mini';
import type { Fault } from '../broker-error.ts';
import type { Issuer } from '../config/broker-config.ts';
import { freeText } from '../input/free-text.ts';
import { instantSchema } from '../input/instant-schema.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { readQuery } from '../input/query-parameters.ts';
import { readMembers } from '../input/schema-faults.ts';
import { parseInstant } from '../iso-time.ts';
import type { BlockOrder } from './change-blocks.ts';
import type { BlockFilter } from './list-blocks.ts';
import { described, withMeta } from '../input/described.ts';

const MAX_ISSUER = 64;
/** A verified subject has at most 256 characters, and a few more if a secret in it was replaced by a digest. */
const MAX_SUBJECT = 300;

/** The body of `POST /callers/blocks`. */
export const blockRequestSchema = z.strictObject({
  issuer: described(freeText(MAX_ISSUER).check(z.minLength(1)), 'The id of an issuer in the configuration'),
  subject: described(
    freeText(MAX_SUBJECT).check(z.minLength(1)),
    'The caller’s subject, as audit records show it',
  ),
  reason: described(freeText(256).check(z.minLength(1)), 'The broker records it'),
  until: described(
    z.optional(withMeta(instantSchema, { format: 'date-time' })),
    'When the block ends on its own. Leave this out for a block that lasts until it is deleted',
  ),
});

/** The query parameters of `GET /callers/blocks`. */
export const blockParametersSchema = z.strictObject({
  issuer: z.optional(
    described(z.string().check(z.maxLength(MAX_ISSUER)), 'Return only blocks of callers of this issuer'),
  ),
  subject: z.optional(
    described(z.string().check(z.maxLength(MAX_SUBJECT)), 'Return only blocks of callers with this subject'),
  ),
});

/**
 * Parses the body of `POST /callers/blocks`.
 * @throws BrokerError `invalid_request` with every fault.
 */
export function parseBlockRequest(json: unknown, issuers: readonly Issuer[], now: Date): BlockOrder {
  const { members, faults } = readMembers(blockRequestSchema, json);
  const { issuer, subject, reason } = members;
  const until = members.until === undefined ? null : parseInstant(members.until);
  const all: Fault[] = [
    ...faults,
    ...(issuer === undefined || issuers.some(({ id }) => id === issuer)
      ? []
      : [{ path: 'issuer', message: `must be one of ${issuers.map(({ id }) => id).join(', ')}` }]),
    ...(until !== null && until <= now ? [{ path: 'until', message: 'must be in the future' }] : []),
  ];
  if (all.length > 0 || issuer === undefined || subject === undefined || reason === undefined)
    throw invalidRequest('block', all);
  return { issuer, subject, reason, until };
}

/**
 * Reads the query parameters of `GET /callers/blocks`.
 * @throws BrokerError `invalid_request` with every fault; a fault's path is the parameter's name.
 */
export function readBlockQuery(given: URLSearchParams): BlockFilter {
  const { members, faults } = readQuery(blockParametersSchema, given);
  if (faults.length > 0) throw invalidRequest('query', faults);
  const { issuer = null, subject = null } = members;
  return { issuer, subject };
}
