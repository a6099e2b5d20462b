import { setImmediate as nextLoop } from 'node:timers/promises';
import { startTimer } from './timeout.ts';

/** Longer than most pages take. */
const LONGEST_TURN_MS = 50;

/**
 * Lets scans read one page after the other, in order of arrival. To decode a page of 1,000 rows takes as long as to issue
 * several tokens, so pages of all scans that arrive together would hold up every request in between. A page that takes
 * long gives up its turn, because slow storage must not hold up other scans.
 */
export class PageTurns {
  readonly #waiting: (() => void)[] = [];
  readonly #longestMs: number;
  #taken = false;

  /** @param longestMs how long a turn lasts at most. */
  constructor(longestMs: number = LONGEST_TURN_MS) {
    this.#longestMs = longestMs;
  }

  /** Runs `read` when it is its turn. Whatever else is ready then runs before the next turn begins. */
  async run<Value>(read: () => Promise<Value>): Promise<Value> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#taken = true;
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
      await nextLoop();
      end();
    }
  }
}
