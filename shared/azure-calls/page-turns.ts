import { setImmediate as nextLoop } from 'node:timers/promises';

/** Two, so that one page is on its way while the other is decoded. */
const PAGES_AT_ONCE = 2;

/**
 * Lets scans read a page only when it is their turn. To decode a page of 1,000 rows takes as long as to issue several
 * tokens, so pages of all scans that arrive together would hold up every request in between. Turns are in order of
 * arrival.
 */
export class PageTurns {
  readonly #waiting: (() => void)[] = [];
  readonly #atOnce: number;
  #taken = 0;

  constructor(atOnce: number = PAGES_AT_ONCE) {
    this.#atOnce = atOnce;
  }

  /** Runs `read` when it is its turn. Whatever else is ready then runs before the next turn begins. */
  async run<Value>(read: () => Promise<Value>): Promise<Value> {
    if (this.#taken < this.#atOnce) this.#taken += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await read();
    } finally {
      await nextLoop();
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next();
    }
  }
}
