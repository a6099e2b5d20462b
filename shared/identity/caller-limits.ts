import { BrokerError } from '../broker-error.ts';
import type { Caller } from './caller.ts';
import { RequestWindow } from './request-window.ts';

/** Callers counted at once. An entry takes a few hundred bytes, so all of them take about 10 MB. */
const MAX_CALLERS = 20_000;
/** How many entries one request may look at to find one to forget. */
const LOOKS = 16;

/** What one caller may use of one instance. */
export interface CallerQuota {
  /** Requests in progress. */
  readonly concurrent: number;
  /** Requests in any 60 seconds. Each request of a batch counts as one. */
  readonly perMinute: number;
}

/** A request in progress. */
export interface Permit {
  /**
   * Counts `size` − 1 more requests for a batch of `size`, all or none of them.
   * @throws BrokerError `rate_limited` if they exceed the limit.
   */
  countBatch(size: number, nowMs: number): void;
  /** Ends the request. Must be called once, also after a failure. */
  release(): void;
}

interface Usage {
  readonly window: RequestWindow;
  inProgress: number;
}

/**
 * Counts each caller's requests, by issuer and subject. `nowMs` is always in milliseconds of a clock that never goes back.
 *
 * Memory is bounded. A caller without a request in progress or in the last 60 seconds is forgotten. If there are still too
 * many callers, one with nothing in progress and less than half of its minute used is forgotten too; it could reach at most
 * 1.5 times its limit. A caller nearer to its limit is never forgotten: if only such callers are found, a new caller is
 * refused as `overloaded`.
 */
export class CallerLimits {
  /** The caller that was counted longest ago comes first. */
  readonly #usages = new Map<string, Usage>();
  readonly #quota: CallerQuota;
  readonly #maxCallers: number;

  constructor(quota: CallerQuota, maxCallers = MAX_CALLERS) {
    this.#quota = quota;
    this.#maxCallers = maxCallers;
  }

  /** How many callers are counted. */
  get size(): number {
    return this.#usages.size;
  }

  /**
   * Counts a request. A refused request is not counted.
   * @throws BrokerError `rate_limited` with the whole seconds until it can succeed, or `overloaded`.
   */
  enter({ issuer, subject }: Pick<Caller, 'issuer' | 'subject'>, nowMs: number): Permit {
    const key = JSON.stringify([issuer, subject]);
    const usage = this.#usageOf(key, nowMs);
    if (usage.inProgress >= this.#quota.concurrent) throw tooManyAtOnce(this.#quota.concurrent);
    const waitMs = usage.window.msUntilRoom(1, this.#quota.perMinute, nowMs);
    if (waitMs > 0) throw tooManyPerMinute(this.#quota.perMinute, waitMs);
    usage.window.add(1, nowMs);
    usage.inProgress += 1;
    return this.#permit(usage);
  }

  #permit(usage: Usage): Permit {
    const { perMinute } = this.#quota;
    return {
      countBatch(size, nowMs) {
        // The batch itself is already counted as one.
        if (usage.window.total(nowMs) + size - 1 > perMinute)
          throw oversizedBatch(size, perMinute, usage.window.msUntilRoom(size, perMinute, nowMs));
        usage.window.add(size - 1, nowMs);
      },
      release() {
        usage.inProgress -= 1;
      },
    };
  }

  #usageOf(key: string, nowMs: number): Usage {
    const known = this.#usages.get(key);
    this.#usages.delete(key);
    if (known === undefined) this.#makeRoom(nowMs);
    const usage = known ?? { window: new RequestWindow(), inProgress: 0 };
    // Inserted again at the end: a Map keeps the order of insertion.
    this.#usages.set(key, usage);
    return usage;
  }

  /** Looks at a few entries, so that a flood of new callers costs little. Entries that are kept move to the end. */
  #makeRoom(nowMs: number): void {
    let looks = 0;
    for (const [key, usage] of this.#usages) {
      const full = this.#usages.size >= this.#maxCallers;
      const used = usage.window.total(nowMs);
      const idle = usage.inProgress === 0 && used === 0;
      const light = usage.inProgress === 0 && used < this.#quota.perMinute / 2;
      if (!full && !idle) return;
      this.#usages.delete(key);
      if (!idle && !light) this.#usages.set(key, usage);
      looks += 1;
      if (looks === LOOKS) break;
    }
    if (this.#usages.size >= this.#maxCallers)
      throw new BrokerError('overloaded', 'Too many callers are busy on this instance. Try again later.');
  }
}

function tooManyAtOnce(concurrent: number): BrokerError {
  return new BrokerError(
    'rate_limited',
    `You may have at most ${concurrent} requests in progress. Send this request again after one of them has ended.`,
    { retryAfter: 1 },
  );
}

function tooManyPerMinute(perMinute: number, waitMs: number): BrokerError {
  const retryAfter = Math.ceil(waitMs / 1000);
  return new BrokerError(
    'rate_limited',
    `You may send at most ${perMinute} token requests per minute. Send this request again after ${retryAfter} s.`,
    { retryAfter },
  );
}

function oversizedBatch(size: number, perMinute: number, waitMs: number): BrokerError {
  const retryAfter = Math.ceil(waitMs / 1000);
  const limit = `You may send at most ${perMinute} token requests per minute, and this batch has ${size}. No token was issued.`;
  if (size <= perMinute)
    return new BrokerError('rate_limited', `${limit} Send it again after ${retryAfter} s.`, { retryAfter });
  return new BrokerError(
    'rate_limited',
    `${limit} It can never succeed: send at most ${perMinute} requests per batch.`,
    { retryAfter, errors: [{ path: 'requests', message: `must have at most ${perMinute} items` }] },
  );
}
