import { MAX_USER_DELEGATION_TTL } from '../azure/limits.ts';
import type { Fault } from '../broker-error.ts';
import {
  addSeconds,
  durationSeconds,
  formatDuration,
  isWithinRange,
  parseInstant,
  wholeSecond,
} from '../iso-time.ts';
import { fail, ok, type Result } from '../result.ts';
import type { TokenRequestMembers } from './token-request-schema.ts';
import type { TokenRequest } from './token-request.ts';

export type TokenTimes = Pick<TokenRequest, 'startsAt' | 'expiresAt' | 'expiryMember'>;

/** Reads the start and the expiry of a token request. `ttl` counts from the start, or from now if there is none. */
export function readTimes(members: TokenRequestMembers, now: Date): Result<TokenTimes, Fault[]> {
  const startsAt = members.startsAt === undefined ? null : parseInstant(members.startsAt);
  const expiresAt = expiryOf(members, startsAt ?? now);
  const expiryMember = members.ttl === undefined ? ('expiresAt' as const) : ('ttl' as const);
  const bothGiven = members.ttl !== undefined && members.expiresAt !== undefined;
  const faults = [
    ...(bothGiven ? [{ path: 'ttl', message: 'give only one of ttl and expiresAt' }] : []),
    ...(expiresAt === null ? [] : expiryFaults(members, { startsAt, expiresAt, expiryMember }, now)),
  ];
  if (faults.length > 0) return fail(faults);
  return ok(expiresAt === null ? { startsAt, expiresAt } : { startsAt, expiresAt, expiryMember });
}

function expiryOf({ ttl, expiresAt }: TokenRequestMembers, start: Date): Date | null {
  const seconds = ttl === undefined ? null : durationSeconds(ttl);
  if (seconds !== null) return wholeSecond(addSeconds(start, seconds));
  return expiresAt === undefined ? null : parseInstant(expiresAt);
}

function expiryFaults(
  { kind }: TokenRequestMembers,
  times: { readonly startsAt: Date | null; readonly expiresAt: Date; readonly expiryMember: string },
  now: Date,
): Fault[] {
  const { startsAt, expiresAt, expiryMember } = times;
  const latest = addSeconds(now, MAX_USER_DELEGATION_TTL);
  const past = { path: expiryMember, message: 'must set the expiry in the future' };
  const backwards = { path: 'startsAt', message: 'must be before the expiry' };
  const tooLate = {
    path: expiryMember,
    message: `must be at most ${formatDuration(MAX_USER_DELEGATION_TTL)} from now for a user delegation SAS (Azure's limit of 7 days, minus a safety margin)`,
  };
  if (!isWithinRange(expiresAt))
    return [{ path: expiryMember, message: 'must set an expiry before the year 9999' }];
  return [
    ...(expiresAt <= now ? [past] : []),
    ...(startsAt !== null && startsAt >= expiresAt ? [backwards] : []),
    ...(kind === 'user-delegation' && expiresAt > latest ? [tooLate] : []),
  ];
}
