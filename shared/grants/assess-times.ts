import type { Grant, StorageAccount } from '../config/broker-config.ts';
import { addSeconds, formatDuration, formatInstant, wholeSecond } from '../iso-time.ts';
import type { Lifetime, Part, Question } from './assessment.ts';
import type { SasKind } from '../azure/sas-kinds.ts';
import { MAX_USER_DELEGATION_TTL } from '../azure/limits.ts';

/** How far back a start is put that the account demands and nobody asked for, in seconds: clocks differ. */
const BACK_DATED_SECONDS = 300;

/** One end of what is allowed, and who sets it. */
interface Limit {
  readonly at: Date;
  readonly message: string;
}

/** Holds the times of a request against the grant, the kind and the account's `sasPolicy`. */
export function assessTimes(grant: Grant, kind: SasKind, question: Question): Part<Lifetime> {
  const { request, now } = question;
  // Of a start in the past only what is left of the token counts: more of it nobody can use.
  const start = request.startsAt !== null && request.startsAt > now ? request.startsAt : now;
  const limit = limitOf(grant, kind, question, start);
  const end = (expiresAt: Date) => ({ startsAt: startOf(question, expiresAt), expiresAt });
  if (start >= limit.at)
    return {
      value: end(limit.at),
      shortfall: {
        field: 'startsAt',
        message: `${limit.message}; ${start > now ? 'put startsAt earlier' : 'put startsAt later, or leave it out'}`,
        asked: formatInstant(request.startsAt ?? start),
        granted: null,
      },
    };
  const expiresAt = request.expiresAt ?? usualEnd(grant, question, start, limit.at);
  if (expiresAt <= limit.at) return { value: end(expiresAt), shortfall: null };
  return {
    value: end(limit.at),
    shortfall: {
      field: 'expiresAt',
      message: `${limit.message}, until ${formatInstant(limit.at)}`,
      asked: formatInstant(expiresAt),
      granted: formatInstant(limit.at),
    },
  };
}

/** Where the request names no expiry: the grant's default, and with a `sasPolicy` room for a start that lies back. */
function usualEnd(grant: Grant, { request, account, now }: Question, start: Date, limit: Date): Date {
  const ends = [wholeSecond(addSeconds(start, grant.defaultTtl)), limit];
  const period = account.sasPolicy?.period ?? 0;
  if (request.startsAt === null && period > 1)
    ends.push(wholeSecond(addSeconds(now, period - Math.min(BACK_DATED_SECONDS, Math.floor(period / 2)))));
  return ends.reduce((least, end) => (end < least ? end : least));
}

/** The longest that a token of this kind may live at all there, in seconds, whatever a grant says. */
export function longestLife(kind: SasKind, account: StorageAccount): number {
  return Math.min(horizonOf(kind, account), account.sasPolicy?.period ?? Number.POSITIVE_INFINITY);
}

/** How long from `now` a token may be alive, in seconds: its key must outlive it, and a drain waits for it. */
function horizonOf(kind: SasKind, account: StorageAccount): number {
  return kind === 'user-delegation' ? MAX_USER_DELEGATION_TTL : account.maxTokenTtl;
}

/** The earliest end; of equal ones the grant's. */
function limitOf(grant: Grant, kind: SasKind, { request, account, now }: Question, start: Date): Limit {
  const horizon = horizonOf(kind, account);
  const limits: Limit[] = [
    {
      at: addSeconds(start, grant.maxTtl),
      message: `grant ${grant.id} allows at most ${formatDuration(grant.maxTtl)}`,
    },
    {
      at: addSeconds(now, horizon),
      message: `${kind} SAS of this account may be alive for at most ${formatDuration(horizon)} from now`,
    },
  ];
  if (account.sasPolicy !== null)
    limits.push({
      at: addSeconds(request.startsAt ?? now, account.sasPolicy.period),
      message: `the account’s sasPolicy allows at most ${formatDuration(account.sasPolicy.period)} from start to expiry`,
    });
  const earliest = limits.reduce((least, limit) => (limit.at < least.at ? limit : least));
  return { ...earliest, at: wholeSecond(earliest.at) };
}

/**
 * An account with a `sasPolicy` takes no token without a start. One that nobody asked for lies a little back, but no
 * further than the period leaves room for.
 */
function startOf({ request, account, now }: Pick<Question, 'request' | 'account' | 'now'>, expiresAt: Date) {
  if (account.sasPolicy === null || request.startsAt !== null) return request.startsAt;
  const back = wholeSecond(addSeconds(now, -BACK_DATED_SECONDS));
  const least = addSeconds(expiresAt, -account.sasPolicy.period);
  return least > back ? least : back;
}
