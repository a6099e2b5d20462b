import { addSeconds, laterOf } from '../iso-time.ts';

/**
 * The revocation of an account's user delegation keys as one instance sees it: the mark in the journal, and what it means
 * by this instance's clock. While a request to revoke may be in flight, the mark is in the future; once the request was
 * answered, the mark is when it was. The clock that set it may differ from this one by `clockSkew`.
 */
export interface RevocationMark {
  readonly revokedAt: Date | null;
  /** Counts the marks that this instance has seen: a key that was requested under an earlier one may be dead. */
  readonly seen: number;
  /** When this instance first saw this mark. */
  readonly seenAt: Date;
}

/** In seconds. */
export interface MarkTimes {
  readonly clockSkew: number;
  readonly keyCache: number;
  /** How far ahead of the clock that sets it a mark may be while a request is in flight. */
  readonly inFlight: number;
}

/** Returns what is known after the journal was read again; `known` is null for an instance that had not read it yet. */
export function seeMark(known: RevocationMark | null, revokedAt: Date | null, now: Date): RevocationMark {
  if (known === null) return { revokedAt, seen: 0, seenAt: now };
  if (known.revokedAt?.getTime() === revokedAt?.getTime()) return known;
  return { revokedAt, seen: known.seen + 1, seenAt: now };
}

/**
 * Returns the instant before which requested keys may be dead; null if none are. Once the mark is past every clock, it is
 * the mark plus `clockSkew`: this drops a key that a fast clock requested just after the revocation, or that storage, by
 * its own clock, considers older than it. As long as clocks may disagree about whether the mark has passed, a key serves
 * for `keyCache` only, so a key that was requested while the request was in flight does not sign for longer. A mark that
 * is further in the future was set by a wrong clock: the keys from before it was seen are dropped, and that is all.
 */
export function deadBefore({ revokedAt }: RevocationMark, now: Date, times: MarkTimes): Date | null {
  if (revokedAt === null || isOutOfReach(revokedAt, now, times)) return null;
  const last = addSeconds(revokedAt, times.clockSkew);
  if (now >= last) return last;
  const recent = addSeconds(now, -times.keyCache);
  return now < revokedAt ? recent : laterOf(recent, revokedAt);
}

/** Returns the earliest start of a key that is requested now; null if there is none. A revocation kills older keys. */
export function earliestStart(mark: RevocationMark, now: Date, times: MarkTimes): Date | null {
  const { revokedAt, seenAt } = mark;
  if (revokedAt === null) return null;
  if (isOutOfReach(revokedAt, now, times)) return seenAt;
  if (now < revokedAt) return now;
  const last = addSeconds(revokedAt, times.clockSkew);
  return now < last ? revokedAt : last;
}

function isOutOfReach(revokedAt: Date, now: Date, { clockSkew, inFlight }: MarkTimes): boolean {
  return revokedAt > addSeconds(now, clockSkew + inFlight);
}
