import { BrokerError } from '../broker-error.ts';
import { ChangeBatch } from './change-batch.ts';
import { type ChangeJob, rejectExpiredJobs, type RejectJob } from './change-job.ts';
import { acquireLease, changeConflict } from './policy-lease.ts';
import type { PolicyPorts } from './policy-ports.ts';
import type { PolicyPlace } from './stored-policy.ts';

/** Makes several changes of one place under one lease. Every job is settled when it returns; it never throws. */
export async function runChanges(
  ports: PolicyPorts,
  place: PolicyPlace,
  jobs: readonly ChangeJob[],
): Promise<void> {
  const waiting = new Set(jobs);
  const reject: RejectJob = (job, error) => {
    waiting.delete(job);
    job.reject(error);
  };
  rejectExpiredJobs(jobs, reject, ports.clock());
  if (waiting.size === 0) return;
  const deadline = new Date(Math.max(...[...waiting].map((job) => job.deadline.getTime())));
  try {
    const blocked = [...new Set([...waiting].flatMap(({ change }) => change.blockedPolicies))];
    const lease = await acquireLease(ports, place, blocked, deadline);
    const { accepted, changed } = await new ChangeBatch(ports, place, lease, deadline).run(waiting, reject);
    for (const { job, toValue } of accepted) job.resolve(toValue(changed, ports.clock()));
  } catch (error) {
    // Storage does not say which of several policies it rejects, so each caller may retry on its own.
    const reported = isRejectedByStorage(error) && waiting.size > 1 ? changeConflict() : error;
    for (const job of waiting) job.reject(reported);
  }
}

function isRejectedByStorage(error: unknown): boolean {
  return error instanceof BrokerError && error.code === 'invalid_request';
}
