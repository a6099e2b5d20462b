const SECOND_MS = 1000;
/** Any 60 seconds lie within 61 seconds of the clock. */
const SECONDS = 61;

/**
 * Counts requests in the last 60 seconds, by seconds of the clock. A second is forgotten once everything in it is more
 * than 60 seconds old, so a limit on the total holds in every 60 seconds, also across the boundary of a minute. The price
 * is that room may come up to a second late.
 */
export class RequestWindow {
  /** Oldest first, at most 61. */
  readonly #seconds: { readonly second: number; count: number }[] = [];
  #total = 0;

  /** @param nowMs milliseconds of a clock that never goes back. */
  total(nowMs: number): number {
    const oldest = Math.floor(nowMs / SECOND_MS) - SECONDS;
    for (
      let first = this.#seconds[0];
      first !== undefined && first.second <= oldest;
      [first] = this.#seconds
    ) {
      this.#total -= first.count;
      this.#seconds.shift();
    }
    return this.#total;
  }

  add(count: number, nowMs: number): void {
    const second = Math.floor(nowMs / SECOND_MS);
    const last = this.#seconds.at(-1);
    if (last !== undefined && last.second >= second) last.count += count;
    else this.#seconds.push({ second, count });
    this.#total += count;
  }

  /**
   * Returns in how many milliseconds `count` more stay within `limit` if nothing else is added. If `count` alone exceeds the
   * limit, returns when the window is empty.
   */
  msUntilRoom(count: number, limit: number, nowMs: number): number {
    let left = this.total(nowMs);
    let roomAt = nowMs;
    for (const { second, count: leaving } of this.#seconds) {
      if (left + count <= limit) break;
      left -= leaving;
      roomAt = (second + SECONDS) * SECOND_MS;
    }
    return roomAt - nowMs;
  }
}
