/** For how long requests start within one turn of the event loop. */
const START_MS = 20;
/** Each holds its body. */
const MAX_WAITING = 5000;

interface Waiting {
  readonly sinceMs: number;
  /** true: start. false: it waited too long. */
  readonly answer: (mayStart: boolean) => void;
}

/**
 * Spreads the starts of requests over turns of the event loop. A request needs the loop several times until it is answered, and
 * a loop that starts everything that has arrived takes so long for each turn that all are late. While the loop keeps up,
 * nothing waits. Otherwise the newest starts first, since its client is still there. Those that wait too long are turned
 * away, and so is the oldest if too many wait. All times are in milliseconds.
 */
export class StartTurns {
  readonly maxWaitMs: number;
  readonly #monotonicMs: () => number;
  /** Oldest first. */
  readonly #waiting: Waiting[] = [];
  /** When this turn began to start requests; null if it has not. */
  #begunMs: number | null = null;

  /** @param monotonicMs tells the time of a clock that never goes back. */
  constructor(monotonicMs: () => number, maxWaitMs: number) {
    this.#monotonicMs = monotonicMs;
    this.maxWaitMs = maxWaitMs;
  }

  /**
   * Returns null if a request may start now; otherwise a promise of whether it may start after all.
   * @param waitedMs how long the request may have waited already.
   */
  enter(waitedMs: number): Promise<boolean> | null {
    const nowMs = this.#monotonicMs();
    if (this.#begunMs === null) this.#begin(nowMs);
    if (this.#waiting.length === 0 && nowMs - (this.#begunMs ?? nowMs) < START_MS) return null;
    if (this.#waiting.length === MAX_WAITING) this.#waiting.shift()?.answer(false);
    return new Promise((answer) => this.#waiting.push({ sinceMs: nowMs - waitedMs, answer }));
  }

  /** Returns how many requests wait. */
  waiting(): number {
    return this.#waiting.length;
  }

  #begin(nowMs: number): void {
    this.#begunMs = nowMs;
    setImmediate(() => void this.#nextTurn());
  }

  async #nextTurn(): Promise<void> {
    this.#begunMs = null;
    if (this.#waiting.length === 0) return;
    const nowMs = this.#monotonicMs();
    this.#begin(nowMs);
    this.#turnAwayFrom(nowMs - this.maxWaitMs);
    while (this.#waiting.length > 0 && this.#monotonicMs() - nowMs < START_MS) {
      this.#waiting.pop()?.answer(true);
      // Runs the request until it waits for something itself.
      await new Promise<void>((resolve) => process.nextTick(resolve));
    }
  }

  /** Turns away the requests that have waited since this time or longer. */
  #turnAwayFrom(sinceMs: number): void {
    const firstKept = this.#waiting.findIndex((one) => one.sinceMs > sinceMs);
    const late = this.#waiting.splice(0, firstKept < 0 ? this.#waiting.length : firstKept);
    for (const { answer } of late) answer(false);
  }
}
