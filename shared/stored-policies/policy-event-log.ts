import type { AuditLog } from '../audit/audit-record.ts';
import type { PolicyEvent } from './policy-change.ts';
import { placePath, type PolicyPlace } from './stored-policy.ts';

/** The events of one job. `job` is the same object if the job is decided again. */
export interface JobEvents {
  readonly job: object;
  readonly events: readonly PolicyEvent[];
}

/** Records the events of the changes under one lease, each of them once. */
export class PolicyEventLog {
  readonly #log: Pick<AuditLog, 'appendEvent'>;
  readonly #place: PolicyPlace;
  readonly #deadline: Date;
  /** The events that are recorded for each job, as text. */
  readonly #recorded = new Map<object, Set<string>>();

  constructor(log: Pick<AuditLog, 'appendEvent'>, place: PolicyPlace, deadline: Date) {
    this.#log = log;
    this.#place = place;
    this.#deadline = deadline;
  }

  /**
   * Records the events that are not recorded yet. Call it before the changes are made: if a change then fails, its event
   * is left without a change; the reverse cannot happen. A job that is decided again may have other events than before,
   * and those are recorded too.
   * @throws BrokerError `audit_unavailable`.
   */
  async record(jobs: readonly JobEvents[], at: Date): Promise<void> {
    const due = jobs.flatMap(({ job, events }) =>
      events
        .filter((event) => !this.#recordedFor(job).has(eventText(event)))
        .map((event) => ({ job, event })),
    );
    const account = this.#place.account.name;
    await Promise.all(
      due.map(({ event: { type, actor, actorName, detail } }) => {
        const text = `${placePath(this.#place)}: ${detail}`;
        return this.#log.appendEvent({ at, type, account, actor, actorName, detail: text }, this.#deadline);
      }),
    );
    for (const { job, event } of due) this.#recordedFor(job).add(eventText(event));
  }

  #recordedFor(job: object): Set<string> {
    const recorded = this.#recorded.get(job) ?? new Set();
    this.#recorded.set(job, recorded);
    return recorded;
  }
}

function eventText({ type, actor, detail }: PolicyEvent): string {
  return JSON.stringify([type, actor, detail]);
}
