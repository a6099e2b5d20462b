import { BrokerError } from '../broker-error.ts';
import { EditsUnderClaim, type Job } from './leased-run.ts';
import { outrun, takeClaim } from './policy-lease.ts';
import type { PolicyPorts } from './policy-change.ts';
import type { PolicyPlace } from './stored-policy.ts';

/** Does several edits of one place under one claim. Every job is settled when it returns; it never throws. */
export async function editTogether(
  ports: PolicyPorts,
  place: PolicyPlace,
  jobs: readonly Job[],
): Promise<void> {
  const now = ports.clock();
  const waiting = new Set(jobs);
  const refuse = (job: Job, error: unknown) => {
    waiting.delete(job);
    job.reject(error);
  };
  for (const job of jobs) if (job.deadline <= now) refuse(job, outrun());
  if (waiting.size === 0) return;
  const deadline = new Date(Math.max(...[...waiting].map((job) => job.deadline.getTime())));
  try {
    const endangers = [...new Set([...waiting].flatMap(({ edit }) => edit.endangers))];
    const held = await takeClaim(ports, place, endangers, deadline);
    const { passed, changed } = await new EditsUnderClaim(ports, place, held, deadline).run(waiting, refuse);
    for (const { job, answer } of passed) job.resolve(answer(changed, ports.clock()));
  } catch (error) {
    // Storage does not say which policy it cannot take: of several, each may be tried alone.
    const told = isRefusal(error) && waiting.size > 1 ? outrun() : error;
    for (const job of waiting) job.reject(told);
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof BrokerError && error.code === 'invalid_request';
}
