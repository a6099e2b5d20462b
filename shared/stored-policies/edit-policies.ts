import type { PolicyEdit, PolicyEvent, PolicyPorts, PolicyState } from './policy-edit.ts';
import { giveUp, outrun, release, remember, takeClaim, type HeldClaim } from './policy-claim.ts';
import type { PolicyUse } from './policy-uses.ts';
import { placePath, samePolicies, type PolicyPlace } from './stored-policy.ts';
import { BrokerError } from '../broker-error.ts';

/** An edit that waits for its outcome. */
export interface Job {
  readonly edit: PolicyEdit<unknown>;
  readonly deadline: Date;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A job that was not refused, with the answer that it gets once storage holds its change. */
interface Passed {
  readonly job: Job;
  readonly answer: unknown;
  readonly events: readonly PolicyEvent[];
}

/** How often a list that somebody outside the broker changes meanwhile is read and decided anew. */
const MAX_TRIES = 3;

/**
 * Does several edits of one place under one claim: read → decide each on what the one before leaves → record → replace →
 * read again and compare. Every job is settled when it returns; it never throws.
 */
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
    const passed = await editUnderClaim(ports, place, held, waiting, refuse, deadline);
    for (const { job, answer } of passed) job.resolve(answer);
  } catch (error) {
    for (const job of waiting) job.reject(error);
  }
}

async function editUnderClaim(
  ports: PolicyPorts,
  place: PolicyPlace,
  claimed: HeldClaim,
  waiting: ReadonlySet<Job>,
  refuse: (job: Job, error: unknown) => void,
  deadline: Date,
): Promise<Passed[]> {
  let held = claimed;
  let sent = false;
  const recorded = new Set<Job>();
  const uses = rememberedUses(ports, place, deadline);
  try {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const before = await ports.policies.read(place, deadline);
      const { managed, changed } = held.entry.ledger;
      const start = { policies: before.policies, managed, changed };
      const { state, passed } = await decideAll([...waiting], start, uses, refuse, ports.clock());
      if (!samePolicies(before.policies, state.policies)) {
        await record(ports, place, passed, recorded, deadline);
        held = await remember(ports, held, state, deadline);
        sent = true;
        await ports.policies.replace(place, { ...before, policies: state.policies }, deadline);
        const after = await ports.policies.read(place, deadline);
        if (!samePolicies(after.policies, state.policies) || after.publicAccess !== before.publicAccess)
          continue;
      }
      await release(ports, held, state, deadline);
      return passed;
    }
    throw outrun();
  } catch (error) {
    // What was sent and not answered may land yet: then the claim must run out, not be given back.
    if (!sent || (error instanceof BrokerError && error.code === 'not_found'))
      await giveUp(ports, held, deadline);
    throw error;
  }
}

async function decideAll(
  jobs: readonly Job[],
  start: PolicyState,
  uses: (id: string) => Promise<PolicyUse>,
  refuse: (job: Job, error: unknown) => void,
  now: Date,
): Promise<{ readonly state: PolicyState; readonly passed: Passed[] }> {
  let state = start;
  const passed: Passed[] = [];
  for (const job of jobs) {
    try {
      const decided = await job.edit.decide(state, uses, now);
      state = decided.state;
      passed.push({ job, answer: decided.answer, events: decided.events });
    } catch (error) {
      refuse(job, error);
    }
  }
  return { state, passed };
}

/** No change without its event: one that then fails leaves an event without a change, never the reverse. */
async function record(
  { events, clock }: PolicyPorts,
  place: PolicyPlace,
  passed: readonly Passed[],
  recorded: Set<Job>,
  deadline: Date,
): Promise<void> {
  const due = passed.filter(({ job }) => !recorded.has(job));
  const at = clock();
  await Promise.all(
    due.flatMap((one) =>
      one.events.map((event) =>
        events.appendEvent(
          {
            at,
            type: event.type,
            account: place.account.name,
            actor: event.actor,
            detail: `${placePath(place)}: ${event.detail}`,
          },
          deadline,
        ),
      ),
    ),
  );
  for (const { job } of due) recorded.add(job);
}

/** Under a claim that endangers a policy no token by it leaves, so that one look is as good as many. */
function rememberedUses({ uses, clock }: PolicyPorts, place: PolicyPlace, deadline: Date) {
  const known = new Map<string, Promise<PolicyUse>>();
  return (id: string): Promise<PolicyUse> => {
    const use = known.get(id) ?? uses.of(place, id, clock(), deadline);
    known.set(id, use);
    return use;
  };
}
