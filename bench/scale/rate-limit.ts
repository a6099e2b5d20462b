const WINDOW_MS = 1000;

/** A limit on the number of entities in any window of one second. What is refused does not count. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #admitted: { readonly atMs: number; readonly count: number }[] = [];
  #oldest = 0;
  #inWindow = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  hasRoomFor(count: number, nowMs: number): boolean {
    this.#forgetBefore(nowMs - WINDOW_MS);
    return this.#inWindow + count <= this.#perSecond;
  }

  add(count: number, nowMs: number): void {
    this.#admitted.push({ atMs: nowMs, count });
    this.#inWindow += count;
  }

  #forgetBefore(startMs: number): void {
    for (let entry = this.#admitted[this.#oldest]; entry !== undefined && entry.atMs <= startMs;) {
      this.#inWindow -= entry.count;
      this.#oldest += 1;
      entry = this.#admitted[this.#oldest];
    }
    if (this.#oldest < 10_000) return;
    this.#admitted.splice(0, this.#oldest);
    this.#oldest = 0;
  }
}
