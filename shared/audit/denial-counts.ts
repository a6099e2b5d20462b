import type { AuditRecord } from './audit-record.ts';

type DeniedCaller = AuditRecord['caller'];

/** Denials of one caller in one minute that had no row of their own. */
export interface CountedDenials {
  /** The minute's start. */
  readonly at: Date;
  readonly caller: DeniedCaller;
  readonly count: number;
}

/** Denials that one caller gets rows of its own for, each minute. */
export const DENIALS_A_MINUTE = 20;
/** Callers told apart within the minutes not yet ended; the rest are counted as one. */
export const MAX_COUNTED_CALLERS = 2000;

const OTHERS: DeniedCaller = { issuer: '*', subject: '*', name: null, ip: null };
const MINUTE_MS = 60_000;

interface Tally {
  readonly minute: number;
  readonly caller: DeniedCaller;
  denials: number;
}

/** Keeps a flood of denials from filling the table: it knows which get a row and counts the others. */
export class DenialCounts {
  readonly #tallies = new Map<string, Tally>();

  /** Whether a denial at `at` gets a row of its own; if not, it has been counted. */
  admit(caller: DeniedCaller, at: Date): boolean {
    const minute = Math.floor(at.getTime() / MINUTE_MS);
    const tally = this.#tallyOf(minute, caller) ?? this.#newTally(minute, caller);
    tally.denials += 1;
    return tally.denials <= DENIALS_A_MINUTE;
  }

  /** Takes out what was counted in minutes that ended by `now`; in every minute where `now` is null. */
  takeEnded(now: Date | null): CountedDenials[] {
    const minute = now === null ? Infinity : Math.floor(now.getTime() / MINUTE_MS);
    const ended = [...this.#tallies].filter(([, tally]) => tally.minute < minute);
    for (const [key] of ended) this.#tallies.delete(key);
    return ended
      .map(([, tally]) => ({
        at: new Date(tally.minute * MINUTE_MS),
        caller: tally.caller,
        count: tally.denials - DENIALS_A_MINUTE,
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
