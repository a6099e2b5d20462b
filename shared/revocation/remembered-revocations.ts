import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { DelegationRevocations } from '../keys/delegation-revocations.ts';
import type { RotationJournals } from '../rotation/rotation-journal.ts';

/** What is known about one account; `reading` is the read in flight. */
interface Entry {
  kept: { readonly revokedAt: Date | null; readonly sentAt: Date } | null;
  failure: { readonly at: number; readonly error: unknown } | null;
  reading: Promise<Date | null> | null;
}

/** The least time between two reads of one account while the table fails. */
const COOLDOWN_MS = 1000;
/** Longer than any request takes. A `now` that is earlier by more than this means that the clock was set back. */
const CLOCK_SET_BACK_MS = 15_000;

/**
 * Reads revocations of delegation keys from the rotation journals and caches them as account keys are cached: for
 * `keyCache` seconds after the read was sent, and for `keyStaleMax` more while the table fails. An account without rotation
 * has no journal, and this broker cannot revoke its delegation keys.
 */
export class RememberedRevocations implements DelegationRevocations {
  readonly #journals: Pick<RotationJournals, 'load'>;
  readonly #entries = new Map<string, Entry>();

  constructor(journals: Pick<RotationJournals, 'load'>) {
    this.#journals = journals;
  }

  async revokedAt(account: StorageAccount, now: Date): Promise<Date | null> {
    if (account.rotation === null) return null;
    const entry = this.#entryOf(account.name);
    if (entry.kept !== null && now.getTime() < entry.kept.sentAt.getTime() - CLOCK_SET_BACK_MS)
      entry.kept = null;
    const { kept, failure } = entry;
    if (kept !== null && now < addSeconds(kept.sentAt, account.keyCache)) return kept.revokedAt;
    const stale =
      kept !== null && now < addSeconds(kept.sentAt, account.keyCache + account.keyStaleMax) ? kept : null;
    const coolingDown = failure !== null && Math.abs(now.getTime() - failure.at) < COOLDOWN_MS;
    try {
      if (coolingDown) throw failure.error;
      return await this.#read(account, entry, now);
    } catch (error) {
      if (stale !== null) return stale.revokedAt;
      throw error;
    }
  }

  #entryOf(name: string): Entry {
    const entry = this.#entries.get(name) ?? { kept: null, failure: null, reading: null };
    this.#entries.set(name, entry);
    return entry;
  }

  #read(account: StorageAccount, entry: Entry, now: Date): Promise<Date | null> {
    entry.reading ??= this.#take(account, entry, now).finally(() => (entry.reading = null));
    return entry.reading;
  }

  async #take({ name }: StorageAccount, entry: Entry, sentAt: Date): Promise<Date | null> {
    try {
      const { journal } = await this.#journals.load(name);
      const revokedAt = journal?.delegationRevokedAt ?? null;
      Object.assign(entry, { kept: { revokedAt, sentAt }, failure: null });
      return revokedAt;
    } catch (error) {
      entry.failure = { at: sentAt.getTime(), error };
      throw error;
    }
  }
}
