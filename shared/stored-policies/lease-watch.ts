import { addSeconds } from '../iso-time.ts';
import type { PolicyLease, PolicyLedger } from './policy-ledger.ts';

/**
 * Remembers since when this process has known of each lease. Hosts' clocks may be minutes apart, so no host can tell from
 * another host's time when a lease ends; it counts the time that has passed here instead. A process must have only one
 * watch: a lease that the watch does not know counts from the next look.
 */
export class LeaseWatch {
  readonly #firstSeen = new Map<string, { readonly holder: string; readonly at: Date }>();

  /** Notes a lease that this process is about to send at `now`. */
  track(key: string, holder: string, now: Date): void {
    this.#firstSeen.set(key, { holder, at: now });
  }

  /**
   * Returns the lease if changes may still be made under it, else null. Starts to track a lease that this process did
   * not know.
   * @param now by the clock of every other call.
   */
  findLive(key: string, { lease }: PolicyLedger, now: Date): PolicyLease | null {
    if (lease === null) {
      this.#firstSeen.delete(key);
      return null;
    }
    const seen = this.#firstSeen.get(key);
    // If the clock was set back, nobody knows how much time has passed.
    if (seen?.holder !== lease.holder || now < seen.at) {
      this.track(key, lease.holder, now);
      return lease;
    }
    return addSeconds(seen.at, lease.durationSeconds) > now ? lease : null;
  }
}
