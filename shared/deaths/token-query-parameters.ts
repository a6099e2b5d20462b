import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { parsePosition, writePosition } from '../audit/token-cursor.ts';
import type { TokenFilters } from '../audit/token-filters.ts';
import type { TokenPosition } from '../audit/token-pages.ts';
import { ACCOUNT_NAME, ACCOUNT_NAME_RULE } from '../azure/names.ts';
import { SAS_KINDS } from '../azure/sas-kinds.ts';
import { KEY_NAMES, SERVICES } from '../azure/services.ts';
import type { Fault } from '../broker-error.ts';
import { instantSchema } from '../input/instant-schema.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { readQuery } from '../input/query-parameters.ts';
import { formatInstant, parseInstant, wholeSecond } from '../iso-time.ts';
import { TOKEN_STATES, type TokenState } from './token-state.ts';
import { described, withMeta } from '../input/described.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
/** The longest text in a filter: an issuer's id, a slash and a subject. */
const MAX_TEXT = 400;
const INVALID_CURSOR = 'must be the nextCursor of an earlier page; leave it out to start at the first token';
const OTHER_FILTERS =
  'belongs to a list with other filters or another order; repeat those or leave the cursor out';

const LISTED_STATES = [...TOKEN_STATES, 'any'] as const;
type ListedState = (typeof LISTED_STATES)[number];

const text = (description: string) =>
  z.optional(
    described(
      z
        .string()
        .check(z.maxLength(MAX_TEXT), z.regex(/^\P{Cc}+$/u, 'must be text without control characters')),
      description,
    ),
  );
const instant = (description: string) =>
  z.optional(withMeta(instantSchema, { format: 'date-time', description }));

/** The query parameters of `GET /tokens`, which this file reads and OpenAPI describes. */
export const tokenParametersSchema = z.strictObject({
  state: z.optional(
    described(
      z.enum(LISTED_STATES),
      'Return only tokens in this state; live includes unproved. Default: live',
    ),
  ),
  account: z.optional(
    described(
      z.string().check(z.regex(ACCOUNT_NAME, `must be a storage account name: ${ACCOUNT_NAME_RULE}`)),
      'Return only tokens of this storage account',
    ),
  ),
  service: z.optional(
    described(z.enum(SERVICES), 'Return only tokens of this service. Account SAS belong to none'),
  ),
  container: z.optional(
    described(
      z
        .string()
        .check(z.regex(/^[$A-Za-z0-9-]{1,63}$/, 'must be the name of a container, queue, table or share')),
      'Return only tokens of this container, queue, table or share; needs account and service',
    ),
  ),
  caller: z.optional(
    described(
      z
        .string()
        .check(
          z.maxLength(MAX_TEXT),
          z.regex(/^[^/\p{Cc}]+\/\P{Cc}+$/u, 'must be issuer/subject, with the id of an issuer'),
        ),
      'Return only tokens issued to this caller, `issuer/subject`. Only auditors see those of others',
    ),
  ),
  kind: z.optional(described(z.enum(SAS_KINDS), 'Return only tokens of this kind')),
  grant: text('Return only tokens that this grant allowed'),
  key: z.optional(
    described(z.enum(KEY_NAMES), 'Return only tokens signed with the account key of this name'),
  ),
  keyId: z.optional(
    described(
      z.string().check(z.regex(/^[0-9A-Fa-f]{16}$/, 'must be 16 hexadecimal digits')),
      'Return only tokens signed with this value of an account key',
    ),
  ),
  policy: text('Return only tokens based on the stored access policy with this id'),
  issuedAfter: instant('Return only tokens issued at this time or later'),
  issuedBefore: instant('Return only tokens issued before this time'),
  order: z.optional(
    described(
      z.enum(['asc', 'desc']),
      'Order of the hours of expiry; within an hour, tokens are in the order of their ids. Default: asc',
    ),
  ),
  limit: z.optional(
    described(
      z.int().check(z.minimum(1), z.maximum(MAX_LIMIT)),
      `Maximum number of tokens per page. Default: ${DEFAULT_LIMIT}`,
    ),
  ),
  cursor: z.optional(
    described(
      z.string().check(z.regex(/^[A-Za-z0-9_-]{1,300}$/, INVALID_CURSOR)),
      'The nextCursor of the previous page; every other parameter but limit must be the same',
    ),
  ),
});

/** A query of `GET /tokens`. */
export interface TokenListQuery {
  readonly state: ListedState;
  readonly filters: TokenFilters;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  /** The instant at which states are told: that of the list's first page. */
  readonly now: Date;
  /** Null on the first page. */
  readonly position: TokenPosition | null;
  /** A digest of state, filters and order: a cursor is valid only with those of the page that returned it. */
  readonly digest: string;
}

/** True if a list of tokens in this state has a token. */
export function isListed(listed: ListedState, state: TokenState): boolean {
  if (listed === 'any') return true;
  return state === listed || (listed === 'live' && state === 'unproved');
}

/**
 * Reads the query parameters of `GET /tokens`.
 * @throws BrokerError `invalid_request` with every fault; a fault's path is the parameter's name.
 */
export function readTokenQuery(given: URLSearchParams, now: Date): TokenListQuery {
  const { members, faults } = readQuery(tokenParametersSchema, given);
  const { state = 'live', order = 'asc', limit = DEFAULT_LIMIT } = members;
  const filters = filtersOf(members);
  const digest = digestOf(state, order, filters);
  const cursor = members.cursor === undefined ? null : parsePosition(members.cursor);
  const all = [...faults, ...filterFaults(filters), ...cursorFaults(members.cursor, cursor, digest)];
  if (all.length > 0) throw invalidRequest('query', all);
  return {
    state,
    filters,
    order,
    limit,
    now: cursor?.now ?? wholeSecond(now),
    position: cursor?.position ?? null,
    digest,
  };
}

/** Returns the cursor for the page that starts at `next`; null if there is no further page. */
export function tokenCursor({ now, digest }: TokenListQuery, next: TokenPosition | null): string | null {
  return next === null ? null : writePosition({ position: next, now, digest });
}

function filtersOf(
  members: ReturnType<typeof readQuery<(typeof tokenParametersSchema)['shape']>>['members'],
): TokenFilters {
  const [issuer = '', ...subject] = members.caller?.split('/') ?? [];
  return {
    account: members.account ?? null,
    service: members.service ?? null,
    container: members.container ?? null,
    caller: members.caller === undefined ? null : { issuer, subject: subject.join('/') },
    kind: members.kind ?? null,
    grant: members.grant ?? null,
    key: members.key ?? null,
    keyId: members.keyId?.toLowerCase() ?? null,
    policy: members.policy ?? null,
    issuedAfter: parseInstant(members.issuedAfter ?? ''),
    issuedBefore: parseInstant(members.issuedBefore ?? ''),
  };
}

function filterFaults({ account, service, container, issuedAfter, issuedBefore }: TokenFilters): Fault[] {
  const isLoose = container !== null && (account === null || service === null);
  const isEmpty = issuedAfter !== null && issuedBefore !== null && issuedAfter >= issuedBefore;
  return [
    ...(isLoose ? [{ path: 'container', message: 'needs account and service' }] : []),
    ...(isEmpty ? [{ path: 'issuedAfter', message: 'must be earlier than issuedBefore' }] : []),
  ];
}

function cursorFaults(
  cursorText: string | undefined,
  cursor: ReturnType<typeof parsePosition>,
  digest: string,
): Fault[] {
  if (cursorText === undefined) return [];
  if (cursor === null) return [{ path: 'cursor', message: INVALID_CURSOR }];
  return cursor.digest === digest ? [] : [{ path: 'cursor', message: OTHER_FILTERS }];
}

function digestOf(state: string, order: string, filters: TokenFilters): string {
  const { issuedAfter, issuedBefore, ...rest } = filters;
  const times = [issuedAfter, issuedBefore].map((time) => time && formatInstant(time));
  const parts = JSON.stringify([state, order, ...Object.values(rest), ...times]);
  return createHash('sha256').update(parts).digest('base64url').slice(0, 12);
}
