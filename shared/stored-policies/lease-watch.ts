import { addSeconds } from '../iso-time.ts';
import type { PolicyClaim, PolicyLedger } from './policy-ledger.ts';

/**
 * How long this process has known of each claim. Hosts' clocks may be minutes apart, so that no instant of another host
 * says when its claim is over: only time that passed here does. One a process; what it has forgotten, or never met,
 * counts from the next look.
 */
export class ClaimWatch {
  readonly #met = new Map<string, { readonly holder: string; readonly at: Date }>();

  /** A claim of this process, about to be sent at `now`. */
  take(key: string, holder: string, now: Date): void {
    this.#met.set(key, { holder, at: now });
  }

  /** The claim that something may still be done under, if any. @param now by the clock of every other call. */
  live(key: string, { claim }: PolicyLedger, now: Date): PolicyClaim | null {
    if (claim === null) {
      this.#met.delete(key);
      return null;
    }
    const met = this.#met.get(key);
    // A clock that was put back says nothing of what has passed.
    if (met?.holder !== claim.holder || now < met.at) {
      this.take(key, claim.holder, now);
      return claim;
    }
    return addSeconds(met.at, claim.holdsFor) > now ? claim : null;
  }
}
