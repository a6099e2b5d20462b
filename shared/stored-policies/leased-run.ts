import { BrokerError } from '../broker-error.ts';
import {
  abandonLease,
  conflictingChange,
  releaseLease,
  recordManagedPolicies,
  type HeldLease,
} from './policy-lease.ts';
import {
  timeChanges,
  type PolicyDecision,
  type PolicyChange,
  type PolicyEvent,
  type PolicyPorts,
  type PolicyState,
} from './policy-change.ts';
import { EventRecorder } from './policy-events.ts';
import { rememberedUses, type PolicyUse } from './policy-uses.ts';
import { samePolicies, type PolicyPlace } from './stored-policy.ts';

/** An change that waits for its outcome. */
export interface ChangeJob {
  readonly change: PolicyChange<unknown>;
  readonly deadline: Date;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A job that was not refused, with the answer that it gets once storage holds its change. */
interface Passed {
  readonly job: ChangeJob;
  readonly answer: PolicyDecision<unknown>['answer'];
  readonly events: readonly PolicyEvent[];
}

/** What has become of the jobs that were not refused. */
interface Outcome {
  readonly passed: readonly Passed[];
  readonly changed: PolicyState['changed'];
}

type Refuse = (job: ChangeJob, error: unknown) => void;

/** How often a list that somebody outside the broker changes meanwhile is read and decided anew. */
const MAX_TRIES = 3;

/**
 * The changes under one lease: read → decide each on what the one before leaves → record → replace → read again and
 * compare.
 */
export class LeasedRun {
  readonly #ports: PolicyPorts;
  readonly #place: PolicyPlace;
  readonly #deadline: Date;
  readonly #uses: (id: string) => Promise<PolicyUse>;
  readonly #events: EventRecorder;
  #held: HeldLease;
  #changed: PolicyState['changed'];
  /** A replacement was sent, and storage has not said yes or no to it. */
  #unanswered = false;

  constructor(ports: PolicyPorts, place: PolicyPlace, held: HeldLease, deadline: Date) {
    this.#ports = ports;
    this.#place = place;
    this.#held = held;
    this.#deadline = deadline;
    this.#changed = held.entry.ledger.changed;
    this.#events = new EventRecorder(ports.events, place, deadline);
    this.#uses = rememberedUses(ports, place, deadline);
  }

  /** @param refuse settles a job at once and takes it out of `waiting`. @throws what all that still wait are told. */
  async run(waiting: ReadonlySet<ChangeJob>, refuse: Refuse): Promise<Outcome> {
    try {
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const passed = await this.#attempt([...waiting], refuse, tries > 0);
        if (passed !== null) return { passed, changed: this.#changed };
      }
      throw conflictingChange();
    } catch (error) {
      // What was sent and not answered may land yet: then the lease must run out, not be given back.
      if (!this.#unanswered || !isUnknown(error))
        await abandonLease(this.#ports, this.#held, this.#changed, this.#deadline);
      throw error;
    }
  }

  /** Null where somebody outside the broker wrote in between. */
  async #attempt(
    jobs: readonly ChangeJob[],
    refuse: Refuse,
    again: boolean,
  ): Promise<readonly Passed[] | null> {
    const { policies, clock } = this.#ports;
    const before = await policies.read(this.#place, this.#deadline);
    const { managed } = this.#held.entry.ledger;
    const start = { policies: before.policies, managed, changed: this.#changed };
    const now = clock();
    const due = again ? jobs : refuseLate(jobs, refuse, now);
    const { state, passed } = await decideAll(due, start, this.#uses, refuse, now, again);
    await this.#events.record(passed, clock());
    if (!samePolicies(before.policies, state.policies)) {
      this.#held = await recordManagedPolicies(this.#ports, this.#held, state, this.#deadline);
      this.#unanswered = true;
      await policies.replace(this.#place, { ...before, policies: state.policies }, this.#deadline);
      this.#unanswered = false;
      this.#changed = timeChanges(state.changed, now, clock());
      const after = await policies.read(this.#place, this.#deadline);
      if (!samePolicies(after.policies, state.policies) || after.publicAccess !== before.publicAccess)
        return null;
    }
    await releaseLease(this.#ports, this.#held, { ...state, changed: this.#changed }, this.#deadline);
    return passed;
  }
}

/** Whether a replacement may have been done, or may yet be. */
function isUnknown(error: unknown): boolean {
  return !(error instanceof BrokerError) || error.code === 'storage_unavailable';
}

/**
 * Takes out what nobody waits for any more: its caller was told to look and retry while others had the lease. Only at
 * first: later it may be in storage already.
 */
function refuseLate(jobs: readonly ChangeJob[], refuse: Refuse, now: Date): readonly ChangeJob[] {
  for (const job of jobs) if (job.deadline <= now) refuse(job, conflictingChange());
  return jobs.filter((job) => job.deadline > now);
}

async function decideAll(
  jobs: readonly ChangeJob[],
  start: PolicyState,
  uses: (id: string) => Promise<PolicyUse>,
  refuse: Refuse,
  now: Date,
  again: boolean,
): Promise<{ readonly state: PolicyState; readonly passed: Passed[] }> {
  let state = start;
  const passed: Passed[] = [];
  for (const job of jobs) {
    try {
      const decided = await job.change.decide(state, uses, now, again);
      state = decided.state;
      passed.push({ job, answer: decided.answer, events: decided.events });
    } catch (error) {
      refuse(job, error);
    }
  }
  return { state, passed };
}
