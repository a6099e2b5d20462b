import { MAX_USER_DELEGATION_TTL } from '../azure/limits.ts';
import type { SasKind } from '../azure/sas-kinds.ts';
import type { Grant, StorageAccount } from '../config/broker-config.ts';
import { addSeconds, formatDuration, formatInstant, wholeSecond } from '../iso-time.ts';
import type { Lifetime, Question, Shortfall } from './assessment.ts';

/** How far in the past the broker sets a start that the account requires and the request omits, in seconds: clocks differ. */
const BACK_DATED_SECONDS = 300;

/** The latest expiry that one rule allows, and the rule's message, which only a refusal needs. */
interface Limit {
  readonly at: Date;
  readonly message: () => string;
}

/** The times of a token after narrowing, and where the request asks for more: at most once per member. */
interface AssessedTimes {
  readonly value: Lifetime;
  readonly shortfalls: readonly Shortfall[];
}

/** Compares the times of a request with the grant, the kind and the account's `sasPolicy`. */
export function assessTimes(grant: Grant, kind: SasKind, question: Question): AssessedTimes {
  const { request, now } = question;
  // If the start is in the past, only the rest of the token's life counts.
  const start = request.startsAt !== null && request.startsAt > now ? request.startsAt : now;
  const limit = limitOf(grant, kind, question, start);
  const end = (expiresAt: Date) => ({ startsAt: startOf(question, expiresAt), expiresAt });
  const tooFarAhead = aheadShortfalls(grant, start, now);
  if (start >= limit.at) {
    const remedy = start > now ? 'use an earlier startsAt' : 'use a later startsAt, or omit it';
    const outside: Shortfall = {
      field: 'startsAt',
      message: `${limit.message()}; ${remedy}`,
      asked: formatInstant(request.startsAt ?? start),
      granted: null,
    };
    return { value: end(limit.at), shortfalls: tooFarAhead.length > 0 ? tooFarAhead : [outside] };
  }
  const expiresAt = request.expiresAt ?? defaultEnd(grant, question, start, limit.at);
  if (expiresAt <= limit.at) return { value: end(expiresAt), shortfalls: tooFarAhead };
  const tooLate: Shortfall = {
    field: 'expiresAt',
    message: `${limit.message()}, until ${formatInstant(limit.at)}`,
    asked: formatInstant(expiresAt),
    granted: formatInstant(limit.at),
  };
  return { value: end(limit.at), shortfalls: [...tooFarAhead, tooLate] };
}

/** Returns a shortfall if the start is too far ahead. An earlier start would change what was asked, so nothing is granted. */
function aheadShortfalls(grant: Grant, start: Date, now: Date): Shortfall[] {
  const latest = addSeconds(now, grant.maxAhead);
  if (start <= latest) return [];
  const message = `grant ${grant.id} allows a start at most ${formatDuration(grant.maxAhead)} in the future, until ${formatInstant(latest)}`;
  return [{ field: 'startsAt', message, asked: formatInstant(start), granted: null }];
}

/** Returns the expiry for a request without one: the grant's default, less the room that a `sasPolicy` needs for a back-dated start. */
function defaultEnd(grant: Grant, { request, account, now }: Question, start: Date, limit: Date): Date {
  const ends = [wholeSecond(addSeconds(start, grant.defaultTtl)), limit];
  const period = account.sasPolicy?.period ?? 0;
  if (request.startsAt === null && period > 1)
    ends.push(wholeSecond(addSeconds(now, period - Math.min(BACK_DATED_SECONDS, Math.floor(period / 2)))));
  return ends.reduce((least, end) => (end < least ? end : least));
}

/** Returns how long a token of this kind may live in this account, in seconds, whatever a grant allows. */
export function longestLife(kind: SasKind, account: StorageAccount): number {
  return Math.min(horizonOf(kind, account), account.sasPolicy?.period ?? Number.POSITIVE_INFINITY);
}

/** Returns how far from `now` a token may expire, in seconds: its key must outlive it, and a drain waits for it. */
function horizonOf(kind: SasKind, account: StorageAccount): number {
  return kind === 'user-delegation' ? MAX_USER_DELEGATION_TTL : account.maxTokenTtl;
}

/** Returns the earliest limit; if several are equal, the grant's. */
function limitOf(grant: Grant, kind: SasKind, { request, account, now }: Question, start: Date): Limit {
  const horizon = horizonOf(kind, account);
  const limits: Limit[] = [
    {
      at: addSeconds(start, grant.maxTtl),
      message: () => `grant ${grant.id} allows at most ${formatDuration(grant.maxTtl)}`,
    },
    {
      at: addSeconds(now, horizon),
      message: () => `${kind} SAS of this account can last at most ${formatDuration(horizon)} from now`,
    },
  ];
  const { sasPolicy } = account;
  if (sasPolicy !== null)
    limits.push({
      at: addSeconds(request.startsAt ?? now, sasPolicy.period),
      message: () =>
        `the account’s sasPolicy allows at most ${formatDuration(sasPolicy.period)} from start to expiry`,
    });
  const earliest = limits.reduce((least, limit) => (limit.at < least.at ? limit : least));
  return { ...earliest, at: wholeSecond(earliest.at) };
}

/**
 * Returns the token's start. An account with a `sasPolicy` requires one; if the request omits it, the start is a little
 * in the past, but no further than the period allows.
 */
function startOf({ request, account, now }: Pick<Question, 'request' | 'account' | 'now'>, expiresAt: Date) {
  if (account.sasPolicy === null || request.startsAt !== null) return request.startsAt;
  const back = wholeSecond(addSeconds(now, -BACK_DATED_SECONDS));
  const least = addSeconds(expiresAt, -account.sasPolicy.period);
  return least > back ? least : back;
}
