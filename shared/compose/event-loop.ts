/** How often the loop is checked. It limits how precisely a wait is known, and costs next to nothing. */
const BEAT_MS = 50;
/** A loop that slept for this long between two beats has read everything that was waiting. */
const CAUGHT_UP_MS = BEAT_MS / 2;
/** How long the longest block is remembered at least; at most twice as long. */
const WINDOW_MS = 30_000;

/**
 * How long the event loop was blocked, from beats that a free loop runs every 50 ms. Node reads no request from its
 * socket while the loop is blocked, and the Functions host gives a request no time of arrival. So a request that runs during
 * a block may have waited through it, and so may one that runs before the loop has caught up.
 *
 * All times are in milliseconds. `nowMs` is of a clock that never goes back.
 */
export class EventLoopDelay {
  #lastBeatMs: number | null = null;
  #lastIdleMs = 0;
  /** How late the last beat was. */
  #lateMs = 0;
  /** The longest block since the loop last caught up. It is forgotten after its own length, so shedding always ends. */
  #block = { lengthMs: 0, forgetAtMs: 0 };
  /** The longest block of this window and of the one before. */
  #longest = { sinceMs: 0, nowMs: 0, beforeMs: 0 };

  /** Records a beat. `idleMs` is how long the loop has slept since the process started. */
  beat(nowMs: number, idleMs: number): void {
    this.#lateMs = this.#overdueMs(nowMs);
    this.#rememberLongest(nowMs);
    const caughtUp = idleMs - this.#lastIdleMs >= CAUGHT_UP_MS || nowMs >= this.#block.forgetAtMs;
    if (caughtUp || this.#lateMs >= this.#block.lengthMs)
      this.#block = { lengthMs: this.#lateMs, forgetAtMs: nowMs + this.#lateMs };
    this.#lastBeatMs = nowMs;
    this.#lastIdleMs = idleMs;
  }

  /** Records that the process has loaded code, which blocks the loop but is not load. Earlier blocks still count. */
  skip(nowMs: number): void {
    this.#lateMs = 0;
    if (this.#lastBeatMs !== null) this.#lastBeatMs = nowMs;
  }

  /** Returns how long a request that runs now may have waited for the loop. 0 before the first beat. */
  at(nowMs: number): number {
    // It may have arrived before the last beat and still wait during the current block.
    return Math.max(this.#lateMs + this.#overdueMs(nowMs), this.#block.lengthMs);
  }

  /** Returns the longest block of the last 30 seconds; it may be up to a minute old. */
  longest(nowMs: number): number {
    return Math.max(this.#longest.nowMs, this.#longest.beforeMs, this.#overdueMs(nowMs));
  }

  #rememberLongest(nowMs: number): void {
    const { sinceMs, nowMs: longestMs, beforeMs } = this.#longest;
    const age = nowMs - sinceMs;
    this.#longest =
      age < WINDOW_MS
        ? { sinceMs, nowMs: Math.max(longestMs, this.#lateMs), beforeMs }
        : { sinceMs: nowMs, nowMs: this.#lateMs, beforeMs: age < 2 * WINDOW_MS ? longestMs : 0 };
  }

  #overdueMs(nowMs: number): number {
    return this.#lastBeatMs === null ? 0 : Math.max(0, nowMs - this.#lastBeatMs - BEAT_MS);
  }
}

/**
 * Watches the event loop of this process. Blocks by code that is loaded when it is first needed are left out.
 * @param idleMs returns how long the loop has slept since the process started.
 * @param loads returns how many loads of code the process has started and ended.
 * @returns what `EventLoopDelay.at` and `longest` return for now, and a function that ends the watch. The watch does not
 * keep the process alive.
 */
export function watchEventLoop(
  monotonicMs: () => number,
  idleMs: () => number,
  loads: () => { readonly started: number; readonly ended: number },
): { delayMs: () => number; longestMs: () => number; stop: () => void } {
  const delay = new EventLoopDelay();
  let endedBefore = loads().ended;
  const skipLoads = () => {
    const { started, ended } = loads();
    if (started > ended || ended > endedBefore) delay.skip(monotonicMs());
    endedBefore = ended;
  };
  const beat = () => {
    skipLoads();
    delay.beat(monotonicMs(), idleMs());
  };
  // The first beat comes after the broker is loaded, so a cold start is no delay.
  const timer = setInterval(beat, BEAT_MS).unref();
  return {
    delayMs: () => {
      skipLoads();
      return delay.at(monotonicMs());
    },
    longestMs: () => {
      skipLoads();
      return delay.longest(monotonicMs());
    },
    stop: () => clearInterval(timer),
  };
}
