import { failureReason } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import { addSeconds } from '../iso-time.ts';
import type { JournalEntry, RotationJournal } from './rotation-journal.ts';
import type { RotationPorts } from './rotation-ports.ts';
type Ports = Pick<RotationPorts, 'journals' | 'events' | 'clock' | 'log'>;

/** One account's journal as one run knows it: read once, then replaced only under the ETag it was read with. */
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

  /** False where another instance was faster: from then on its journal counts. */
  async replace(journal: RotationJournal): Promise<boolean> {
    const saved = await this.#ports.journals.save(journal, this.#entry.etag);
    this.#entry = saved ?? (await this.#ports.journals.load(this.#account));
    return saved !== null;
  }

  /** Reads it again; false where another instance has replaced it, whose journal counts from then on. */
  async isCurrent(): Promise<boolean> {
    const entry = await this.#ports.journals.load(this.#account);
    if (entry.etag === this.#entry.etag) return true;
    this.#entry = entry;
    return false;
  }

  /**
   * Events leave the journal only once they are in the audit table: at least once, in order.
   * @param callTimeoutSeconds in seconds, for each.
   * @returns false where another instance was faster, as `replace`.
   */
  async writeEvents(callTimeoutSeconds: number): Promise<boolean> {
    const { journal } = this.#entry;
    if (journal === null || journal.outbox.length === 0) return true;
    const { events, clock, log } = this.#ports;
    for (const event of journal.outbox) {
      await events.appendEvent(
        { ...event, account: journal.account },
        addSeconds(clock(), callTimeoutSeconds),
      );
      log(event.type, { account: journal.account, actor: event.actor, detail: event.detail });
    }
    return this.replace({ ...journal, outbox: [] });
  }

  /** Keeps what ended a tick where operators see it (null: nothing did); a rotation that runs again clears it. */
  async note(error: unknown): Promise<void> {
    const { journal, etag } = this.#entry;
    const failure = error === null ? null : failureReason(error);
    const retryAfter = error instanceof BrokerError ? error.retryAfter : null;
    const notBefore = retryAfter === null ? null : addSeconds(this.#ports.clock(), retryAfter);
    if (journal === null || (failure === journal.lastFailure && notBefore === null)) return;
    try {
      const noted = { ...journal, lastFailure: failure, notBefore: notBefore ?? journal.notBefore };
      await this.#ports.journals.save(noted, etag);
    } catch {
      // The failure itself is on its way to the log; that it could not be noted tells nothing more.
    }
  }
}
