import { type LedgerEntry, ledgerKey } from './policy-ledger.ts';
import type { PolicyPorts } from './policy-ports.ts';
import type { PolicyList, PolicyPlace } from './stored-policy.ts';

/**
 * Reads policies and ledgers. The requests of a batch ask for the same place at the same time, and share one read. A read
 * that was sent already is not shared: every caller gets what was read after it asked, as if it had read alone.
 */
export class PlaceReads {
  readonly #ports: Pick<PolicyPorts, 'policies' | 'ledgers'>;
  readonly #lists = new UnsentReads<PolicyList>();
  readonly #ledgers = new UnsentReads<LedgerEntry>();

  constructor(ports: Pick<PolicyPorts, 'policies' | 'ledgers'>) {
    this.#ports = ports;
  }

  /** Reads the policies of a place. @throws BrokerError as `StoredPolicies.read`. */
  readPolicies(place: PolicyPlace, deadline: Date): Promise<PolicyList> {
    return this.#lists.share(place, deadline, () => this.#ports.policies.read(place, deadline));
  }

  /** Loads the ledger of a place. @throws BrokerError as `PolicyLedgers.load`. */
  loadLedger(place: PolicyPlace, deadline: Date): Promise<LedgerEntry> {
    return this.#ledgers.share(place, deadline, () => this.#ports.ledgers.load(ledgerKey(place), deadline));
  }
}

/** Reads that are about to be sent, by place and deadline: a caller must not wait longer than its own deadline. */
class UnsentReads<Value> {
  readonly #reads = new Map<string, Promise<Value>>();

  share(place: PolicyPlace, deadline: Date, read: () => Promise<Value>): Promise<Value> {
    const key = `${ledgerKey(place)} ${deadline.getTime()}`;
    const shared = this.#reads.get(key) ?? this.#sendSoon(key, read);
    this.#reads.set(key, shared);
    return shared;
  }

  /** Sends the read after the work that is queued now, such as the other requests of a batch. */
  async #sendSoon(key: string, read: () => Promise<Value>): Promise<Value> {
    await Promise.resolve();
    this.#reads.delete(key);
    return read();
  }
}
