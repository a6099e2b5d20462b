import { auditReadFailure } from '../audit/audit-unavailable.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import { BrokerError } from '../broker-error.ts';
import type { ManagedPolicy } from './policy-ledger.ts';

/** The managed policies of a place in which a sweep found nothing to remove, and until when that holds. */
interface FutileSweep {
  readonly managed: string;
  readonly until: Date;
}

/**
 * The sweeps of this process: one per place at a time, which all who need it share. A sweep that removed nothing is
 * remembered, because it scans the audit table for each managed policy.
 */
export class PlaceSweeps {
  readonly #running = new Map<string, Promise<boolean>>();
  readonly #futile = new Map<string, FutileSweep>();

  /**
   * Returns what the running sweep of the place returns; starts `sweep` if none is running.
   * @param key as `ledgerKey`.
   * @param timeoutMs how long to wait. The sweep goes on, because others may wait longer.
   * @throws BrokerError `audit_unavailable` if the sweep takes longer, and what the sweep throws.
   */
  async run(key: string, timeoutMs: number, sweep: () => Promise<boolean>): Promise<boolean> {
    const running = this.#running.get(key) ?? this.#start(key, sweep);
    try {
      return await withTimeout(timeoutMs, () => running);
    } catch (error) {
      throw error instanceof BrokerError
        ? error
        : auditReadFailure('sweep of stored policies: deadline passed');
    }
  }

  #start(key: string, sweep: () => Promise<boolean>): Promise<boolean> {
    const running = sweep().finally(() => this.#running.delete(key));
    this.#running.set(key, running);
    return running;
  }

  /** Remembers that a sweep of these managed policies removed nothing. */
  rememberFutile(key: string, managed: readonly ManagedPolicy[], until: Date, now: Date): void {
    for (const [other, known] of this.#futile) if (known.until <= now) this.#futile.delete(other);
    this.#futile.set(key, { managed: textOf(managed), until });
  }

  /** Returns true if a sweep of the same managed policies removed nothing a short time ago. */
  isFutile(key: string, managed: readonly ManagedPolicy[], now: Date): boolean {
    const known = this.#futile.get(key);
    return known !== undefined && known.until > now && known.managed === textOf(managed);
  }
}

function textOf(managed: readonly ManagedPolicy[]): string {
  return managed.map(({ id, createdAt }) => `${id} ${createdAt.getTime()}`).join();
}
