import { createHash } from 'node:crypto';
import { BrokerError, type Fault } from '../broker-error.ts';
import { suggestion } from '../fault-path.ts';
import { addSeconds, formatInstant, parseInstant } from '../iso-time.ts';
import { timeKey, timeOfKey } from './event-query-rows.ts';
import type { EventQuery } from './event-query.ts';

const NAMES = ['type', 'account', 'since', 'until', 'limit', 'cursor'] as const;
type Name = (typeof NAMES)[number];
type Parameters = Partial<Readonly<Record<Name, string>>>;

const TYPE = /^[a-z][a-z-]{0,63}$/;
const ACCOUNT = /^[a-z0-9]{3,24}$/;
const CURSOR = /^[A-Za-z0-9_-]{1,200}$/;
export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;
const DEFAULT_RANGE_SECONDS = 30 * 86_400;
/** Without `until`: another instance's clock may be ahead of this one's. */
const AHEAD_SECONDS = 3600;

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
  const faults: Fault[] = [];
  const parameters = singles(given, faults);
  const report = (path: Name, message: string) => void faults.push({ path, message });
  const { type = null, account = null } = parameters;
  if (type !== null && !TYPE.test(type))
    report('type', 'must be a type of event, such as revocation or denial');
  if (account !== null && !ACCOUNT.test(account)) report('account', 'must be the name of a storage account');
  const until = instantOf(parameters, 'until', report);
  const since = instantOf(parameters, 'since', report);
  if (since !== null && until !== null && since >= until) report('since', 'must be before until');
  const limit = limitOf(parameters, report);
  const filters = digestOf([type, account, parameters.since ?? null, parameters.until ?? null]);
  const position = positionOf(parameters, filters, report);
  if (faults.length > 0)
    throw new BrokerError('invalid_request', 'The query is not valid; see errors.', { errors: faults });
  const top = until ?? addSeconds(now, AHEAD_SECONDS);
  const range = {
    since: position?.since ?? since ?? addSeconds(until ?? now, -DEFAULT_RANGE_SECONDS),
    before: position?.before ?? timeKey(top),
  };
  return { query: { type, account, ...range, limit }, filters };
}

/** The cursor of the page after one that ended with `next`. */
export function eventCursor({ query, filters }: EventParameters, next: string | null): string | null {
  if (next === null) return null;
  return Buffer.from([next, formatInstant(query.since), filters].join(' ')).toString('base64url');
}

function singles(given: URLSearchParams, faults: Fault[]): Parameters {
  const parameters: Partial<Record<Name, string>> = {};
  for (const path of new Set(given.keys())) {
    const name = NAMES.find((known) => known === path);
    const hint = suggestion(path, NAMES) || `; known are ${NAMES.join(', ')}`;
    if (name === undefined) faults.push({ path, message: `is no parameter here${hint}` });
    else if (given.getAll(name).length > 1) faults.push({ path, message: 'is given more than once' });
    else parameters[name] = given.get(name) ?? '';
  }
  return parameters;
}

type Report = (path: Name, message: string) => void;

function instantOf(parameters: Parameters, name: 'since' | 'until', report: Report): Date | null {
  const text = parameters[name];
  if (text === undefined) return null;
  const instant = parseInstant(text);
  if (instant === null) report(name, 'must be an ISO 8601 time with an offset, such as 2026-11-22T15:00:00Z');
  return instant;
}

function limitOf({ limit }: Parameters, report: Report): number {
  if (limit === undefined) return DEFAULT_LIMIT;
  if (/^[1-9]\d{0,3}$/.test(limit) && Number(limit) <= MAX_LIMIT) return Number(limit);
  report('limit', `must be a whole number from 1 to ${MAX_LIMIT.toLocaleString('en')}`);
  return DEFAULT_LIMIT;
}

function positionOf(
  { cursor }: Parameters,
  filters: string,
  report: Report,
): { readonly before: string; readonly since: Date } | null {
  if (cursor === undefined) return null;
  const [before = '', from = '', digest, ...more] = CURSOR.test(cursor)
    ? Buffer.from(cursor, 'base64url').toString().split(' ')
    : [];
  const since = parseInstant(from);
  const ours = timeOfKey(before) !== null && since !== null && formatInstant(since) === from;
  if (!ours || digest === undefined || more.length > 0)
    report('cursor', 'must be the nextCursor of a page before');
  else if (digest !== filters) report('cursor', 'goes with other filters than these');
  else return { before, since };
  return null;
}

const digestOf = (filters: readonly (string | null)[]): string =>
  createHash('sha256').update(JSON.stringify(filters)).digest('base64url').slice(0, 12);
