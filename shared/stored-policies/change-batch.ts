import { BrokerError } from '../broker-error.ts';
import { type ChangeJob, rejectExpiredJobs, type RejectJob } from './change-job.ts';
import type { PolicyDecision } from './policy-change.ts';
import { type PolicyDeath, PolicyDeaths } from './policy-deaths.ts';
import { type JobEvents, PolicyEventLog } from './policy-event-log.ts';
import {
  abandonLease,
  changeConflict,
  type HeldLease,
  recordManagedPolicies,
  releaseLease,
} from './policy-lease.ts';
import type { RecentChange } from './policy-ledger.ts';
import type { PolicyPorts } from './policy-ports.ts';
import { type PolicyState, restampChanges } from './policy-state.ts';
import { type PolicyUse, rememberUses } from './policy-uses.ts';
import { hasSamePolicies, type PolicyPlace, type StoredPolicy } from './stored-policy.ts';

/** A job that was not refused, with the value that its caller gets once storage has accepted the change. */
interface AcceptedJob extends JobEvents {
  readonly job: ChangeJob;
  readonly deaths: readonly PolicyDeath[];
  readonly toValue: PolicyDecision<unknown>['toValue'];
}

/** The jobs that were not refused, and when storage accepted their changes. */
interface BatchResult {
  readonly accepted: readonly AcceptedJob[];
  readonly changed: readonly RecentChange[];
}

/** How often a list that something outside the broker changes in the meantime is read and decided. */
const MAX_TRIES = 3;

/**
 * The changes that are made under one lease: read → decide each change on the result of the one before → record →
 * replace → read again and compare.
 */
export class ChangeBatch {
  readonly #ports: PolicyPorts;
  readonly #place: PolicyPlace;
  readonly #deadline: Date;
  readonly #findUses: (id: string) => Promise<PolicyUse>;
  readonly #events: PolicyEventLog;
  readonly #deaths: PolicyDeaths;
  #lease: HeldLease;
  #changed: readonly RecentChange[];
  /** Storage's list as far as it is certain; empty before the first read. */
  #policies: readonly StoredPolicy[] = [];
  /** True while a replacement was sent and storage has neither accepted nor rejected it. */
  #isUnanswered = false;

  constructor(ports: PolicyPorts, place: PolicyPlace, lease: HeldLease, deadline: Date) {
    this.#ports = ports;
    this.#place = place;
    this.#lease = lease;
    this.#deadline = deadline;
    this.#changed = lease.entry.ledger.changed;
    this.#events = new PolicyEventLog(ports.events, place, deadline);
    this.#deaths = new PolicyDeaths(ports.deaths, place, deadline);
    this.#findUses = rememberUses(ports, place, deadline);
  }

  /**
   * Makes the changes and releases the lease.
   * @param reject settles a job at once and removes it from `waiting`.
   * @throws the error for every job that is still in `waiting`.
   */
  async run(waiting: ReadonlySet<ChangeJob>, reject: RejectJob): Promise<BatchResult> {
    try {
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const accepted = await this.#tryOnce([...waiting], reject, tries > 0);
        if (accepted !== null) return { accepted, changed: this.#changed };
      }
      throw changeConflict();
    } catch (error) {
      // A request that got no reply may still take effect, so let the lease expire instead of releasing it.
      if (!this.#isUnanswered || !mayTakeEffect(error)) {
        await this.#deaths.withdraw(this.#policies);
        await abandonLease(this.#ports, this.#lease, this.#changed, this.#deadline);
      }
      throw error;
    }
  }

  /** Returns null if something outside the broker wrote in between. */
  async #tryOnce(
    jobs: readonly ChangeJob[],
    reject: RejectJob,
    isRetry: boolean,
  ): Promise<readonly AcceptedJob[] | null> {
    const { policies, clock } = this.#ports;
    const before = await policies.read(this.#place, this.#deadline);
    this.#policies = before.policies;
    const { managed } = this.#lease.entry.ledger;
    const start = { policies: before.policies, managed, changed: this.#changed };
    const now = clock();
    // Callers past their deadline were told to look and retry. A retry's changes may be in storage already, so it makes
    // them all again.
    const due = isRetry ? jobs : rejectExpiredJobs(jobs, reject, now);
    const { state, accepted } = await decideAll(due, start, this.#findUses, reject, now, isRetry);
    await this.#events.record(accepted, clock());
    if (!hasSamePolicies(before.policies, state.policies)) {
      this.#lease = await recordManagedPolicies(this.#ports, this.#lease, state, this.#deadline);
      await this.#deaths.order(deathsOf(accepted, before.policies, state.policies));
      this.#isUnanswered = true;
      await policies.replace(this.#place, { ...before, policies: state.policies }, this.#deadline);
      this.#isUnanswered = false;
      this.#policies = state.policies;
      this.#changed = restampChanges(state.changed, now, clock());
      const after = await policies.read(this.#place, this.#deadline);
      this.#policies = after.policies;
      const isOverwritten =
        !hasSamePolicies(after.policies, state.policies) || after.publicAccess !== before.publicAccess;
      if (isOverwritten) return null;
    }
    await releaseLease(this.#ports, this.#lease, { ...state, changed: this.#changed }, this.#deadline);
    return accepted;
  }
}

/** Returns true if a replacement that failed like this may have taken effect, or may do so later. */
function mayTakeEffect(error: unknown): boolean {
  return !(error instanceof BrokerError) || error.code === 'storage_unavailable';
}

/** Returns the deaths of the policies that are there before the replacement and not after it. */
function deathsOf(
  accepted: readonly AcceptedJob[],
  before: readonly StoredPolicy[],
  after: readonly StoredPolicy[],
): readonly PolicyDeath[] {
  const isIn = (policies: readonly StoredPolicy[], { policy }: PolicyDeath) =>
    policies.some(({ id }) => id === policy);
  return accepted
    .flatMap(({ deaths }) => deaths)
    .filter((death) => isIn(before, death) && !isIn(after, death));
}

/** Decides each job on the state that the one before leaves; rejects those that are refused. */
async function decideAll(
  jobs: readonly ChangeJob[],
  start: PolicyState,
  findUses: (id: string) => Promise<PolicyUse>,
  reject: RejectJob,
  now: Date,
  isRetry: boolean,
): Promise<{ readonly state: PolicyState; readonly accepted: readonly AcceptedJob[] }> {
  let state = start;
  const accepted: AcceptedJob[] = [];
  for (const job of jobs) {
    try {
      const decision = await job.change.decide(state, findUses, now, isRetry);
      state = decision.state;
      const { events, deaths = [], toValue } = decision;
      accepted.push({ job, events, deaths, toValue });
    } catch (error) {
      reject(job, error);
    }
  }
  return { state, accepted };
}
