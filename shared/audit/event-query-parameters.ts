import { createHash } from 'node:crypto';
import { z } from 'zod';
import { BrokerError, type Fault } from '../broker-error.ts';
import { addSeconds, formatInstant, parseInstant } from '../iso-time.ts';
import { readQuery } from '../input/query-parameters.ts';
import { timeKey, timeOfKey } from './event-query-rows.ts';
import type { EventQuery } from './event-query.ts';

const NO_CURSOR = 'must be the nextCursor of an earlier page; leave it out to start at the newest event';
export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;
const DEFAULT_RANGE_DAYS = 30;
/** Without `until`: another instance's clock may be ahead of this one's. */
const AHEAD_SECONDS = 3600;

const instant = (description: string) =>
  z
    .string()
    .refine(
      (text) => parseInstant(text) !== null,
      'must be an ISO 8601 time with an offset, such as 2026-11-22T15:00:00Z',
    )
    .meta({ format: 'date-time', description })
    .optional();

/** The query of `GET /events`, as it is read here and described by OpenAPI. */
export const eventParametersSchema = z.strictObject({
  type: z
    .string()
    .regex(/^[a-z][a-z-]{0,63}$/, 'must be an event type, such as revocation or denial')
    .describe('Return only events of this type, such as revocation or denial')
    .optional(),
  account: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, 'must be a storage account name: 3 to 24 lower-case letters and digits')
    .describe('Return only events of this storage account')
    .optional(),
  since: instant(`Return events at this time or later. Default: ${DEFAULT_RANGE_DAYS} days before until`),
  until: instant('Return events before this time. Default: now'),
  limit: z
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .describe(`Maximum number of events per page. Default: ${DEFAULT_LIMIT}`)
    .optional(),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,200}$/, NO_CURSOR)
    .describe('The nextCursor of the previous page; type, account, since and until must be the same')
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
  if (since && until && since >= until) faults.push({ path: 'since', message: 'must be earlier than until' });
  const filters = digestOf(['type', 'account', 'since', 'until'].map((name) => given.get(name)));
  const position = positionOf(members, filters, faults);
  if (faults.length > 0)
    throw new BrokerError(
      'invalid_request',
      'The query is not valid. Correct the parameters listed in errors.',
      { errors: faults },
    );
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

function positionOf(
  { cursor }: { readonly cursor?: string | undefined },
  filters: string,
  faults: Fault[],
): { readonly before: string; readonly since: Date } | null {
  if (cursor === undefined) return null;
  const [before = '', from = '', digest, ...more] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const since = parseInstant(from);
  const isPlace = timeOfKey(before) !== null && since !== null && formatInstant(since) === from;
  const isOurs = isPlace && digest !== undefined && more.length === 0;
  if (isOurs && digest === filters) return { before, since };
  faults.push({
    path: 'cursor',
    message: isOurs
      ? 'belongs to a query with other filters; repeat those filters or leave the cursor out'
      : NO_CURSOR,
  });
  return null;
}

const digestOf = (filters: readonly (string | null)[]): string =>
  createHash('sha256').update(JSON.stringify(filters)).digest('base64url').slice(0, 12);
