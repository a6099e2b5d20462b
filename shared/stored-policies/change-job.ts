import type { PolicyChange } from './policy-change.ts';
import { changeConflict } from './policy-lease.ts';

/** A change whose caller waits for the outcome. */
export interface ChangeJob {
  readonly change: PolicyChange<unknown>;
  readonly deadline: Date;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Rejects one job, which then waits no longer. */
export type RejectJob = (job: ChangeJob, error: unknown) => void;

/** Rejects the jobs whose deadline has passed with `conflict`; returns the others. */
export function rejectExpiredJobs(
  jobs: readonly ChangeJob[],
  reject: RejectJob,
  now: Date,
): readonly ChangeJob[] {
  for (const job of jobs) if (job.deadline <= now) reject(job, changeConflict());
  return jobs.filter((job) => job.deadline > now);
}
