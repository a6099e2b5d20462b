import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { DeadSecrets } from '../keys/dead-secrets.ts';
import type { DelegationRevocations } from '../keys/delegation-revocations.ts';
import type { RotationJournal, RotationJournals } from '../rotation/rotation-journal.ts';

/** What signers need to know from an account's journal. */
type Known = Pick<RotationJournal, 'delegationRevokedAt' | 'deadSecret'>;

/** What is known about one account; `reading` is the read in flight. */
interface Entry {
  kept: { readonly known: Known; readonly sentAt: Date } | null;
  failure: { readonly at: number; readonly error: unknown } | null;
  reading: Promise<Known> | null;
}

const NOTHING: Known = { delegationRevokedAt: null, deadSecret: null };

/** The least time between two reads of one account while the table fails. */
const COOLDOWN_MS = 1000;
/** Longer than any request takes. A `now` that is earlier by more than this means that the clock was set back. */
const CLOCK_SET_BACK_MS = 15_000;

/**
 * Reads revocations of delegation keys and dead secrets from the rotation journals and caches them as account keys are
 * cached: for `keyCache` seconds after the read was sent, and for `keyStaleMax` more while the table fails. An account without rotation
 * has no journal, and this broker cannot revoke its delegation keys.
 */
export class RememberedRevocations implements DelegationRevocations, DeadSecrets {
  readonly #journals: Pick<RotationJournals, 'load'>;
  readonly #entries = new Map<string, Entry>();

  constructor(journals: Pick<RotationJournals, 'load'>) {
    this.#journals = journals;
  }

  async revokedAt(account: StorageAccount, now: Date): Promise<Date | null> {
    return (await this.#known(account, now)).delegationRevokedAt;
  }

  async deadVersion(account: StorageAccount, now: Date): Promise<string | null> {
    try {
      return (await this.#known(account, now)).deadSecret;
    } catch {
      return null;
    }
  }

  async #known(account: StorageAccount, now: Date): Promise<Known> {
    if (account.rotation === null) return NOTHING;
    const entry = this.#entryOf(account.name);
    if (entry.kept !== null && now.getTime() < entry.kept.sentAt.getTime() - CLOCK_SET_BACK_MS)
      entry.kept = null;
    const { kept, failure } = entry;
    if (kept !== null && now < addSeconds(kept.sentAt, account.keyCache)) return kept.known;
    const stale =
      kept !== null && now < addSeconds(kept.sentAt, account.keyCache + account.keyStaleMax) ? kept : null;
    const coolingDown = failure !== null && Math.abs(now.getTime() - failure.at) < COOLDOWN_MS;
    try {
      if (coolingDown) throw failure.error;
      return await this.#read(account, entry, now);
    } catch (error) {
      if (stale !== null) return stale.known;
      throw error;
    }
  }

  #entryOf(name: string): Entry {
    const entry = this.#entries.get(name) ?? { kept: null, failure: null, reading: null };
    this.#entries.set(name, entry);
    return entry;
  }

  #read(account: StorageAccount, entry: Entry, now: Date): Promise<Known> {
    entry.reading ??= this.#take(account, entry, now).finally(() => (entry.reading = null));
    return entry.reading;
  }

  async #take({ name }: StorageAccount, entry: Entry, sentAt: Date): Promise<Known> {
    try {
      const { journal } = await this.#journals.load(name);
      const { delegationRevokedAt, deadSecret } = journal ?? NOTHING;
      const known = { delegationRevokedAt, deadSecret };
      Object.assign(entry, { kept: { known, sentAt }, failure: null });
      return known;
    } catch (error) {
      entry.failure = { at: sentAt.getTime(), error };
      throw error;
    }
  }
}
