import { BrokerError } from '../broker-error.ts';

/** How many scans of the audit table may run at once on this instance. */
export interface ScanLimits {
  readonly perCaller: number;
  readonly perInstance: number;
}

const SCAN_LIMITS: ScanLimits = { perCaller: 2, perInstance: 8 };
/** A scan takes seconds. */
const RETRY_AFTER_SECONDS = 5;

/**
 * Limits how many scans of the audit table run at once, because each reads many of its hours. Its state is small: only
 * callers with a scan under way are remembered.
 */
export class ScanGate {
  readonly #limits: ScanLimits;
  readonly #running = new Map<string, number>();
  #total = 0;

  constructor(limits: ScanLimits = SCAN_LIMITS) {
    this.#limits = limits;
  }

  /**
   * Runs a scan, and makes room for the next one however the scan ends.
   * @param caller `issuer/subject` of whom the scan is for.
   * @throws BrokerError `rate_limited` if too many scans are under way; and what `scan` throws.
   */
  async run<Value>(caller: string, scan: () => Promise<Value>): Promise<Value> {
    const own = this.#running.get(caller) ?? 0;
    if (own >= this.#limits.perCaller) throw tooMany('You have', own);
    if (this.#total >= this.#limits.perInstance) throw tooMany('The broker has', this.#total);
    this.#running.set(caller, own + 1);
    this.#total += 1;
    try {
      return await scan();
    } finally {
      this.#total -= 1;
      const left = (this.#running.get(caller) ?? 1) - 1;
      if (left === 0) this.#running.delete(caller);
      else this.#running.set(caller, left);
    }
  }
}

function tooMany(who: string, running: number): BrokerError {
  return new BrokerError(
    'rate_limited',
    `${who} ${running} scans of the audit table under way. Try again later.`,
    {
      retryAfter: RETRY_AFTER_SECONDS,
    },
  );
}
