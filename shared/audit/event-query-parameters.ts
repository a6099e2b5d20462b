import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ACCOUNT_NAME } from '../azure/names.ts';
import type { Fault } from '../broker-error.ts';
import { instantSchema } from '../input/instant-schema.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { addSeconds, formatInstant, parseInstant } from '../iso-time.ts';
import { readQuery } from '../input/query-parameters.ts';
import { fail, ok, type Result } from '../result.ts';
import { timeKey, timeOfKey } from './event-query-rows.ts';
import type { EventQuery } from './event-query.ts';

const NO_CURSOR = 'must be the nextCursor of a page before';
export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;
const DEFAULT_RANGE_DAYS = 30;
/** Without `until`: another instance's clock may be ahead of this one's. */
const AHEAD_SECONDS = 3600;

const instant = (description: string) => instantSchema.meta({ format: 'date-time', description }).optional();

/** The query of `GET /events`, as it is read here and described by OpenAPI. */
export const eventParametersSchema = z.strictObject({
  type: z
    .string()
    .regex(/^[a-z][a-z-]{0,63}$/, 'must be a type of event, such as revocation or denial')
    .describe('Only events of this type, such as revocation or denial')
    .optional(),
  account: z
    .string()
    .regex(ACCOUNT_NAME, 'must be the name of a storage account')
    .describe('Only events of this storage account')
    .optional(),
  since: instant(`From this time on; ${DEFAULT_RANGE_DAYS} days before until, if left out`),
  until: instant('Before this time; until now, if left out'),
  limit: z
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .describe(`Events a page at most; ${DEFAULT_LIMIT}, if left out`)
    .optional(),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,200}$/, NO_CURSOR)
    .describe('nextCursor of the page before, with the same filters')
    .optional(),
});

/** A page's cursor goes with the very filters it was given for. */
export interface EventParameters {
  readonly query: EventQuery;
  readonly filters: string;
}

/**
 * The query parameters of `GET /events`.
 * @throws BrokerError `invalid_request` with every fault, its path the parameter's name.
 */
export function readEventQuery(given: URLSearchParams, now: Date): EventParameters {
  const { members, faults } = readQuery(eventParametersSchema, given);
  const { type = null, account = null, limit = DEFAULT_LIMIT } = members;
  const [since, until] = [members.since, members.until].map((text) => parseInstant(text ?? ''));
  const backwards = since && until && since >= until;
  const filters = digestOf(['type', 'account', 'since', 'until'].map((name) => given.get(name)));
  const read = readPosition(members, filters);
  const all = [
    ...faults,
    ...(backwards ? [{ path: 'since', message: 'must be before until' }] : []),
    ...(read.ok ? [] : [read.fault]),
  ];
  if (!read.ok || all.length > 0) throw invalidRequest('query', all);
  const position = read.value;
  const top = until ?? addSeconds(now, AHEAD_SECONDS);
  const range = {
    since: position?.since ?? since ?? addSeconds(until ?? now, -DEFAULT_RANGE_DAYS * 86_400),
    before: position?.before ?? timeKey(top),
  };
  return { query: { type, account, ...range, limit }, filters };
}

/** The cursor of the page after one that ended with `next`. */
export function eventCursor({ query, filters }: EventParameters, next: string | null): string | null {
  if (next === null) return null;
  return Buffer.from([next, formatInstant(query.since), filters].join(' ')).toString('base64url');
}

function readPosition(
  { cursor }: { readonly cursor?: string | undefined },
  filters: string,
): Result<{ readonly before: string; readonly since: Date } | null, Fault> {
  if (cursor === undefined) return ok(null);
  const [before = '', from = '', digest, ...more] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const since = parseInstant(from);
  const isPlace = timeOfKey(before) !== null && since !== null && formatInstant(since) === from;
  const isOurs = isPlace && digest !== undefined && more.length === 0;
  if (isOurs && digest === filters) return ok({ before, since });
  return fail({ path: 'cursor', message: isOurs ? 'goes with other filters than these' : NO_CURSOR });
}

const digestOf = (filters: readonly (string | null)[]): string =>
  createHash('sha256').update(JSON.stringify(filters)).digest('base64url').slice(0, 12);
