import { addSeconds } from '../iso-time.ts';
import type { PolicyLease, PolicyLedger } from './policy-ledger.ts';

/**
 * How long this process has known of each lease. Hosts' clocks may be minutes apart, so that no instant of another host
 * says when its lease is over: only time that passed here does. One a process; what it has forgotten, or never met,
 * counts from the next look.
 */
export class LeaseWatch {
  readonly #met = new Map<string, { readonly holder: string; readonly at: Date }>();

  /** A lease of this process, about to be sent at `now`. */
  track(key: string, holder: string, now: Date): void {
    this.#met.set(key, { holder, at: now });
  }

  /** The lease that something may still be done under, if any. @param now by the clock of every other call. */
  live(key: string, { lease }: PolicyLedger, now: Date): PolicyLease | null {
    if (lease === null) {
      this.#met.delete(key);
      return null;
    }
    const met = this.#met.get(key);
    // A clock that was put back says nothing of what has passed.
    if (met?.holder !== lease.holder || now < met.at) {
      this.track(key, lease.holder, now);
      return lease;
    }
    return addSeconds(met.at, lease.holdsFor) > now ? lease : null;
  }
}
