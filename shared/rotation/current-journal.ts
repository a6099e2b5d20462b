import { failureReason } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import { addSeconds } from '../iso-time.ts';
import type { JournalEntry, RotationJournal } from './rotation-journal.ts';
import type { RotationPorts } from './rotation-ports.ts';
import { backOffUntil, type RotationWaits } from './rotation-waits.ts';

type Ports = Pick<RotationPorts, 'journals' | 'deaths' | 'events' | 'clock' | 'log'>;

/** One account's journal as one run knows it: read once, then replaced only under the ETag that it was read with. */
export class CurrentJournal {
  readonly #ports: Ports;
  readonly #account: string;
  #entry: JournalEntry;

  constructor(ports: Ports, account: string, entry: JournalEntry) {
    this.#ports = ports;
    this.#account = account;
    this.#entry = entry;
  }

  get journal(): RotationJournal | null {
    return this.#entry.journal;
  }

  /** Saves the journal. Returns false if another instance was faster; this run then continues with that journal. */
  async replace(journal: RotationJournal): Promise<boolean> {
    const saved = await this.#ports.journals.save(journal, this.#entry.etag);
    this.#entry = saved ?? (await this.#ports.journals.load(this.#account));
    return saved !== null;
  }

  /** Reads the journal again. Returns false if another instance replaced it; this run then continues with the new one. */
  async isCurrent(): Promise<boolean> {
    const entry = await this.#ports.journals.load(this.#account);
    if (entry.etag === this.#entry.etag) return true;
    this.#entry = entry;
    return false;
  }

  /**
   * Writes the journal's deaths to the state table and its events to the audit table, in order and at least once, and
   * only then removes them from the journal.
   * @param callTimeoutSeconds timeout for each death and event, in seconds.
   * @returns false if another instance was faster, as `replace` does.
   */
  async writeOutbox(callTimeoutSeconds: number): Promise<boolean> {
    const { journal } = this.#entry;
    if (journal === null || journal.outbox.length + journal.unrecordedDeaths.length === 0) return true;
    const { deaths, events, clock, log } = this.#ports;
    for (const death of journal.unrecordedDeaths)
      await deaths.order(death, addSeconds(clock(), callTimeoutSeconds));
    for (const event of journal.outbox) {
      await events.appendEvent(
        { ...event, account: journal.account },
        addSeconds(clock(), callTimeoutSeconds),
      );
      log('event recorded', {
        type: event.type,
        account: journal.account,
        actor: event.actor,
        detail: event.detail,
      });
    }
    return this.replace({ ...journal, outbox: [], unrecordedDeaths: [] });
  }

  /** Records for operators which error ended the tick. Null clears it: the tick came to its end. */
  async noteFailure(error: unknown, waits: RotationWaits): Promise<void> {
    const { journal, etag } = this.#entry;
    const failure = error === null ? null : failureReason(error);
    const retryAfter = error instanceof BrokerError ? error.retryAfter : null;
    if (journal === null || (failure === journal.lastFailure && retryAfter === null)) return;
    const retryAt = retryAfter === null ? null : addSeconds(this.#ports.clock(), retryAfter);
    const notBefore = retryAt && backOffUntil(retryAt, journal, waits);
    try {
      const noted = { ...journal, lastFailure: failure, notBefore: notBefore ?? journal.notBefore };
      await this.#ports.journals.save(noted, etag);
    } catch {
      // The caller logs the failure itself; a failure to record it adds nothing.
    }
  }
}
