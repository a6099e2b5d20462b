import { addSeconds } from '../iso-time.ts';

/** When the timer last ran. There is one such record for the timer, whatever the number of accounts. */
export interface TickLog {
  readonly lastTickAt: Date;
  /** Whole seconds between that tick and the one before it; 0 if that is unknown. */
  readonly gapSeconds: number;
  /** The name of the account that the next tick serves first; null: any. */
  readonly nextAccount: string | null;
}

type LastTick = Pick<TickLog, 'lastTickAt' | 'gapSeconds'>;

/** Keeps the record of the last tick. */
export interface TickLogs {
  /**
   * Reads the record; null if the timer has not run yet, or if the record cannot be parsed: the next tick replaces it.
   * @throws BrokerError `storage_unavailable`.
   */
  load(): Promise<TickLog | null>;
  /**
   * Replaces the record.
   * @throws BrokerError `storage_unavailable`; the record may or may not be replaced then.
   */
  save(log: TickLog): Promise<void>;
}

/** The timer's interval if nothing else is known, and the least that is assumed. */
const LEAST_INTERVAL_SECONDS = 5 * 60;
/** The longest interval that is believed. A longer gap comes from a clock that was wrong, or an app that was stopped. */
const LONGEST_INTERVAL_SECONDS = 86_400;
/** How far a record may be in the future of a reader whose clock is right. */
const CLOCKS_APART_SECONDS = 5 * 60;
/** A timer that has missed this many of its intervals has stopped. */
const MISSED_INTERVALS = 4;

/** Returns when a tick ran that runs now, and the gap before it. */
export function nextTick(previous: LastTick | null, now: Date): LastTick {
  const gap = previous === null ? 0 : Math.ceil((now.getTime() - previous.lastTickAt.getTime()) / 1000);
  return { lastTickAt: now, gapSeconds: Math.min(Math.max(gap, 0), LONGEST_INTERVAL_SECONDS) };
}

/**
 * Returns the interval at which the timer runs, in seconds: the gap before the last tick, but at least five minutes and at
 * most a day. A record from the future was written by a wrong clock, so its gap counts for nothing.
 */
export function tickIntervalSeconds(log: LastTick | null, now: Date): number {
  const gap = log === null || isFromFuture(log, now) ? 0 : log.gapSeconds;
  return Math.min(Math.max(gap, LEAST_INTERVAL_SECONDS), LONGEST_INTERVAL_SECONDS);
}

/**
 * Returns why the timer seems to have stopped, in a few words; null if it runs.
 * @param watchedSince since when this process could have seen a tick.
 */
export function tickFault(log: LastTick | null, watchedSince: Date, now: Date): string | null {
  if (log !== null && isFromFuture(log, now)) return 'the last tick is in the future';
  const last = log?.lastTickAt ?? watchedSince;
  const overdueAt = addSeconds(last, MISSED_INTERVALS * tickIntervalSeconds(log, now));
  if (now <= overdueAt) return null;
  return log === null ? 'no tick yet' : 'no tick for more than four intervals';
}

function isFromFuture({ lastTickAt }: LastTick, now: Date): boolean {
  return lastTickAt > addSeconds(now, CLOCKS_APART_SECONDS);
}
