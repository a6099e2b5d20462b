import type { AuditLog } from '../audit/audit-record.ts';
import type { PolicyEvent } from './policy-change.ts';
import { placePath, type PolicyPlace } from './stored-policy.ts';

/** What one change says of itself; `job` is the same one where it is decided again. */
interface Saying {
  readonly job: object;
  readonly events: readonly PolicyEvent[];
}

/** Records the changes under one lease. */
export class EventRecorder {
  readonly #log: Pick<AuditLog, 'appendEvent'>;
  readonly #place: PolicyPlace;
  readonly #deadline: Date;
  /** What is recorded of each job, as text. */
  readonly #recorded = new Map<object, Set<string>>();

  constructor(log: Pick<AuditLog, 'appendEvent'>, place: PolicyPlace, deadline: Date) {
    this.#log = log;
    this.#place = place;
    this.#deadline = deadline;
  }

  /**
   * No change without its event: one that then fails leaves an event without a change, never the reverse. A job that is
   * decided again may change something only then, or something else: what it says anew is recorded too.
   * @throws BrokerError `audit_unavailable`.
   */
  async record(sayings: readonly Saying[], at: Date): Promise<void> {
    const due = sayings.flatMap(({ job, events }) =>
      events.filter((event) => !this.#of(job).has(textOf(event))).map((event) => ({ job, event })),
    );
    const account = this.#place.account.name;
    await Promise.all(
      due.map(({ event: { type, actor, detail } }) => {
        const text = `${placePath(this.#place)}: ${detail}`;
        return this.#log.appendEvent({ at, type, account, actor, detail: text }, this.#deadline);
      }),
    );
    for (const { job, event } of due) this.#of(job).add(textOf(event));
  }

  #of(job: object): Set<string> {
    const known = this.#recorded.get(job) ?? new Set();
    this.#recorded.set(job, known);
    return known;
  }
}

function textOf({ type, actor, detail }: PolicyEvent): string {
  return JSON.stringify([type, actor, detail]);
}
