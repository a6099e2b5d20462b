import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { ACCOUNT_NAME, ACCOUNT_NAME_RULE } from '../azure/names.ts';
import type { Fault } from '../broker-error.ts';
import { instantSchema } from '../input/instant-schema.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { readQuery } from '../input/query-parameters.ts';
import { addSeconds, EARLIEST_INSTANT, formatInstant, laterOf, parseInstant } from '../iso-time.ts';
import { fail, ok, type Result } from '../result.ts';
import type { EventQuery } from './event-log.ts';
import { timeKey, timeOfKey } from './event-row-keys.ts';
import { described, withMeta } from '../input/described.ts';

const INVALID_CURSOR = 'must be the nextCursor of an earlier page; leave it out to start at the newest event';
const OTHER_FILTERS = 'belongs to a query with other filters; repeat those filters or leave the cursor out';
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
const DEFAULT_RANGE_DAYS = 30;
/** Added to now if there is no `until`: another instance's clock may be ahead. */
const AHEAD_SECONDS = 3600;

const instant = (description: string) =>
  z.optional(withMeta(instantSchema, { format: 'date-time', description }));

/** The query parameters of `GET /events`, which this file reads and OpenAPI describes. */
export const eventParametersSchema = z.strictObject({
  type: z.optional(
    described(
      z
        .string()
        .check(
          z.regex(
            /^(?:[a-z][a-z-]{0,63}\*?|\*)$/,
            'must be an event type, such as revocation or denial, or its beginning and "*"',
          ),
        ),
      'Return only events of this type, such as revocation or denial; rotation-* means every type that begins so',
    ),
  ),
  account: z.optional(
    described(
      z.string().check(z.regex(ACCOUNT_NAME, `must be a storage account name: ${ACCOUNT_NAME_RULE}`)),
      'Return only events of this storage account',
    ),
  ),
  since: instant(`Return events at this time or later. Default: ${DEFAULT_RANGE_DAYS} days before until`),
  until: instant('Return events before this time. Default: now'),
  limit: z.optional(
    described(
      z.int().check(z.minimum(1), z.maximum(MAX_LIMIT)),
      `Maximum number of events per page. Default: ${DEFAULT_LIMIT}`,
    ),
  ),
  cursor: z.optional(
    described(
      z.string().check(z.regex(/^[A-Za-z0-9_-]{1,200}$/, INVALID_CURSOR)),
      'The nextCursor of the previous page; type, account, since and until must be the same',
    ),
  ),
});

/** A query of `GET /events`. */
export interface EventParameters {
  readonly query: EventQuery;
  /** A digest of the filters: a cursor is valid only with the filters of the page that returned it. */
  readonly filters: string;
}

/**
 * Reads the query parameters of `GET /events`.
 * @throws BrokerError `invalid_request` with every fault; a fault's path is the parameter's name.
 */
export function readEventQuery(given: URLSearchParams, now: Date): EventParameters {
  const { members, faults } = readQuery(eventParametersSchema, given);
  const { type = null, account = null, limit = DEFAULT_LIMIT } = members;
  const since = parseInstant(members.since ?? '');
  const until = parseInstant(members.until ?? '');
  const filters = digestOf(['type', 'account', 'since', 'until'].map((name) => given.get(name)));
  const cursor = readCursor(members.cursor, filters);
  const allFaults = [
    ...faults,
    ...(since && until && since >= until ? [{ path: 'since', message: 'must be earlier than until' }] : []),
    ...(cursor.ok ? [] : [cursor.fault]),
  ];
  if (!cursor.ok || allFaults.length > 0) throw invalidRequest('query', allFaults);
  const start = cursor.value ?? {
    before: timeKey(until ?? addSeconds(now, AHEAD_SECONDS)),
    since: since ?? laterOf(addSeconds(until ?? now, -DEFAULT_RANGE_DAYS * 86_400), EARLIEST_INSTANT),
  };
  return { query: { type, account, since: start.since, before: start.before, limit }, filters };
}

/** Returns the cursor for the page that starts at `next`; null if there is no further page. */
export function eventCursor({ query, filters }: EventParameters, next: string | null): string | null {
  if (next === null) return null;
  return Buffer.from([next, formatInstant(query.since), filters].join(' ')).toString('base64url');
}

/** The start of a page, and the `since` of its query's first page. */
type Position = Pick<EventQuery, 'before' | 'since'>;

/** Reads a cursor that `eventCursor` made for the same filters; the value is null if there is no cursor. */
function readCursor(cursor: string | undefined, filters: string): Result<Position | null, Fault> {
  if (cursor === undefined) return ok(null);
  const [before = '', from = '', digest, ...more] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const since = parseInstant(from);
  const isValid = timeOfKey(before) !== null && digest !== undefined && more.length === 0;
  if (!isValid || since === null || formatInstant(since) !== from)
    return fail({ path: 'cursor', message: INVALID_CURSOR });
  if (digest !== filters) return fail({ path: 'cursor', message: OTHER_FILTERS });
  return ok({ before, since });
}

const digestOf = (filters: readonly (string | null)[]): string =>
  createHash('sha256').update(JSON.stringify(filters)).digest('base64url').slice(0, 12);
