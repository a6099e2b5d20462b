import { nextTurn, startTimer } from './timeout.ts';

/** Longer than most pages take. */
const LONGEST_TURN_MS = 50;
/** The event loop is idle for so long for each millisecond that it was busy during a turn. */
const IDLE_PER_BUSY = 4;
const LONGEST_PAUSE_MS = 50;

/** How long the event loop was idle and busy, in milliseconds; `performance.eventLoopUtilization` returns it. */
interface LoopTimes {
  readonly idle: number;
  readonly active: number;
}

/**
 * Returns how long scans wait after a turn, in milliseconds, so that they use at most a fifth of the event loop. The time
 * in which the turn itself waited for storage counts, so a page from Azure is usually followed by no pause at all.
 */
export function pauseAfterTurn(before: LoopTimes, after: LoopTimes): number {
  const owedMs = (after.active - before.active) * IDLE_PER_BUSY - (after.idle - before.idle);
  return Math.min(Math.max(0, owedMs), LONGEST_PAUSE_MS);
}

interface PageTurnsOptions {
  /** How long a turn lasts at most, without the pause after it. */
  readonly longestMs?: number;
  /** How long the event loop has been idle and busy since any time. */
  readonly loopTimes?: () => LoopTimes;
}

/**
 * Lets scans read one page after the other, in order of arrival, with pauses in between if the event loop is busy: to
 * decode and count a page of 1,000 rows takes as long as to issue several tokens, and requests must not wait for all
 * scans. A page that takes long gives up its turn, because slow storage must not hold up other scans.
 */
export class PageTurns {
  readonly #waiting: (() => void)[] = [];
  readonly #longestMs: number;
  readonly #loopTimes: () => LoopTimes;
  #taken = false;

  constructor({
    longestMs = LONGEST_TURN_MS,
    loopTimes = () => performance.eventLoopUtilization(),
  }: PageTurnsOptions = {}) {
    this.#longestMs = longestMs;
    this.#loopTimes = loopTimes;
  }

  /** Runs `read` when it is its turn. Whatever else is ready then runs before the next turn begins. */
  async run<Value>(read: () => Promise<Value>): Promise<Value> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#taken = true;
    const before = this.#loopTimes();
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken = false;
      else next();
    };
    const cancel = startTimer(this.#longestMs, end);
    try {
      return await read();
    } finally {
      cancel();
      await nextTurn();
      const pauseMs = pauseAfterTurn(before, this.#loopTimes());
      if (pauseMs > 0) startTimer(pauseMs, end);
      else end();
    }
  }
}
