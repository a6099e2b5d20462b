import { setImmediate as turnOfLoop } from 'node:timers/promises';

/** A timer of virtual time. One that is cancelled stays in the queue without its work. */
interface VirtualTimer {
  readonly atMs: number;
  readonly order: number;
  work: (() => void) | null;
}

/**
 * A clock that jumps from timer to timer. Work at one instant runs in the order in which it was scheduled, so a run with
 * the same input repeats exactly.
 */
export class VirtualTime {
  #nowMs: number;
  #timers = 0;
  readonly #queue: VirtualTimer[] = [];

  constructor(start: Date) {
    this.#nowMs = start.getTime();
  }

  /** The virtual time in milliseconds since 1970, with fractions. */
  get nowMs(): number {
    return this.#nowMs;
  }

  readonly clock = (): Date => new Date(this.#nowMs);

  schedule(afterMs: number, work: () => void): VirtualTimer {
    this.#timers += 1;
    const timer: VirtualTimer = { atMs: this.#nowMs + Math.max(afterMs, 0), order: this.#timers, work };
    push(this.#queue, timer);
    return timer;
  }

  async wait(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => this.schedule(milliseconds, resolve));
  }

  /**
   * Starts `work` and runs timers until none is left. Meanwhile the process's own `setTimeout` and `clearTimeout` use
   * virtual time, so code that knows nothing of it runs unchanged. Only one run at a time is possible.
   */
  async run(work: () => void): Promise<void> {
    const real = { setTimeout, clearTimeout };
    Object.assign(globalThis, {
      setTimeout: (callback: () => void, afterMs = 0) => this.schedule(afterMs, callback),
      clearTimeout: (timer?: VirtualTimer) => {
        if (timer !== undefined) timer.work = null;
      },
    });
    try {
      work();
      for (let timer = pop(this.#queue); timer !== undefined; timer = pop(this.#queue)) {
        if (timer.work === null) continue;
        this.#nowMs = timer.atMs;
        timer.work();
        // What this timer settled is followed to its end before time goes on: promises, and work that waits for the next turn.
        await turnOfLoop();
        await turnOfLoop();
      }
    } finally {
      Object.assign(globalThis, real);
    }
  }
}

const isBefore = (one: VirtualTimer, other: VirtualTimer): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);

/** Adds to a binary heap whose first element is the earliest. */
function push(heap: VirtualTimer[], timer: VirtualTimer): void {
  let index = heap.length;
  while (index > 0) {
    const above = (index - 1) >> 1;
    if (!isBefore(timer, heap[above]!)) break;
    heap[index] = heap[above]!;
    index = above;
  }
  heap[index] = timer;
}

/** Removes the earliest from the heap. */
function pop(heap: VirtualTimer[]): VirtualTimer | undefined {
  const [first] = heap;
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let index = 0;
  for (let below = 1; below < heap.length; below = 2 * index + 1) {
    const right = heap[below + 1];
    if (right !== undefined && isBefore(right, heap[below]!)) below += 1;
    if (!isBefore(heap[below]!, last)) break;
    heap[index] = heap[below]!;
    index = below;
  }
  heap[index] = last;
  return first;
}
