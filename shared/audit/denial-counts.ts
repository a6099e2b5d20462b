import type { AuditRecord } from './audit-record.ts';

type DeniedCaller = AuditRecord['caller'];

/** The denials of one caller in one minute that have no rows. */
export interface CountedDenials {
  /** Start of the minute. */
  readonly at: Date;
  readonly caller: DeniedCaller;
  readonly count: number;
}

/** Rows per caller and minute; further denials are counted. */
export const DENIAL_ROWS_PER_MINUTE = 20;
/** Callers counted separately in minutes that have not ended; all others are counted as one caller. */
export const MAX_COUNTED_CALLERS = 2000;

const OTHERS: DeniedCaller = { issuer: '*', subject: '*', name: null, ip: null };
const MINUTE_MS = 60_000;

interface Tally {
  readonly minute: number;
  readonly caller: DeniedCaller;
  denials: number;
}

/** Decides which denials get a row and counts the others. This keeps a flood of denials from filling the table. */
export class DenialCounts {
  readonly #tallies = new Map<string, Tally>();

  /** Returns true if a denial at `at` gets a row; otherwise the denial is counted. */
  admit(caller: DeniedCaller, at: Date): boolean {
    const minute = Math.floor(at.getTime() / MINUTE_MS);
    const tally = this.#tallyOf(minute, caller) ?? this.#newTally(minute, caller);
    tally.denials += 1;
    return tally.denials <= DENIAL_ROWS_PER_MINUTE;
  }

  /** Removes and returns the counts of minutes that ended by `now`; the counts of every minute if `now` is null. */
  takeEnded(now: Date | null): CountedDenials[] {
    const minute = now === null ? Infinity : Math.floor(now.getTime() / MINUTE_MS);
    const ended = [...this.#tallies].filter(([, tally]) => tally.minute < minute);
    for (const [key] of ended) this.#tallies.delete(key);
    return ended
      .map(([, tally]) => ({
        at: new Date(tally.minute * MINUTE_MS),
        caller: tally.caller,
        count: tally.denials - DENIAL_ROWS_PER_MINUTE,
      }))
      .filter(({ count }) => count > 0);
  }

  #tallyOf(minute: number, caller: DeniedCaller): Tally | undefined {
    return this.#tallies.get(keyOf(minute, caller));
  }

  #newTally(minute: number, caller: DeniedCaller): Tally {
    const full = this.#tallies.size >= MAX_COUNTED_CALLERS;
    const counted = full ? OTHERS : { ...caller, ip: null };
    const tally = (full ? this.#tallyOf(minute, OTHERS) : undefined) ?? {
      minute,
      caller: counted,
      denials: 0,
    };
    this.#tallies.set(keyOf(minute, counted), tally);
    return tally;
  }
}

const keyOf = (minute: number, caller: DeniedCaller): string =>
  JSON.stringify([minute, caller.issuer, caller.subject]);
