import { BrokerError } from '../broker-error.ts';
import { LeasedRun, type ChangeJob } from './leased-run.ts';
import { conflictingChange, acquireLease } from './policy-lease.ts';
import type { PolicyPorts } from './policy-change.ts';
import type { PolicyPlace } from './stored-policy.ts';

/** Does several changes of one place under one lease. Every job is settled when it returns; it never throws. */
export async function runChanges(
  ports: PolicyPorts,
  place: PolicyPlace,
  jobs: readonly ChangeJob[],
): Promise<void> {
  const now = ports.clock();
  const waiting = new Set(jobs);
  const refuse = (job: ChangeJob, error: unknown) => {
    waiting.delete(job);
    job.reject(error);
  };
  for (const job of jobs) if (job.deadline <= now) refuse(job, conflictingChange());
  if (waiting.size === 0) return;
  const deadline = new Date(Math.max(...[...waiting].map((job) => job.deadline.getTime())));
  try {
    const endangers = [...new Set([...waiting].flatMap(({ change }) => change.endangers))];
    const held = await acquireLease(ports, place, endangers, deadline);
    const { passed, changed } = await new LeasedRun(ports, place, held, deadline).run(waiting, refuse);
    for (const { job, answer } of passed) job.resolve(answer(changed, ports.clock()));
  } catch (error) {
    // Storage does not say which policy it cannot take: of several, each may be tried alone.
    const told = isRefusal(error) && waiting.size > 1 ? conflictingChange() : error;
    for (const job of waiting) job.reject(told);
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof BrokerError && error.code === 'invalid_request';
}
