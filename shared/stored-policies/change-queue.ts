import { startTimer } from '../azure-calls/timeout.ts';
import { LeaseWatch } from './lease-watch.ts';
import { runChanges } from './run-changes.ts';
import type { ChangeJob } from './leased-run.ts';
import { conflictingChange } from './policy-lease.ts';
import type { PolicyChange, PolicyPorts } from './policy-change.ts';
import { ledgerKey } from './policy-ledger.ts';
import type { PolicyPlace } from './stored-policy.ts';

/** The lease names what they endanger, in one column of limited size. */
const AT_ONCE = 100;
/** What failed at the deadline has that long to say how. */
const GRACE_MS = 50;

/**
 * Edits policies one place at a time: what comes in while an change runs is done together under the next lease, so that
 * many changes at once cost few leases, and other hosts get their turn.
 */
export class PolicyChangeQueue {
  readonly #ports: PolicyPorts;
  readonly #lanes = new Map<string, ChangeJob[]>();

  constructor(ports: PolicyPorts) {
    this.#ports = ports;
  }

  /**
   * @throws BrokerError what the change throws; `conflict` where others edited all the time until `deadline`, or changed
   * what was written, or where it was under way at `deadline` and may still be done; `invalid_request` where storage does
   * not take the policy; `storage_unavailable`, `signing_key_unavailable`, `audit_unavailable`, `not_found`.
   */
  apply<Answer>(place: PolicyPlace, change: PolicyChange<Answer>, deadline: Date): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const left = deadline.getTime() - this.#ports.clock().getTime();
      // Edits before it, or together with it, may have more time than this one has.
      const cancel = startTimer(left + GRACE_MS, () => reject(conflictingChange()));
      const settle =
        <Value>(tell: (value: Value) => void) =>
        (value: Value) => {
          cancel();
          tell(value);
        };
      const job: ChangeJob = {
        change,
        deadline,
        resolve: settle(resolve as ChangeJob['resolve']),
        reject: settle(reject),
      };
      const key = ledgerKey(place);
      const lane = this.#lanes.get(key);
      if (lane !== undefined) lane.push(job);
      else {
        const opened = [job];
        this.#lanes.set(key, opened);
        void this.#work(key, place, opened);
      }
    });
  }

  async #work(key: string, place: PolicyPlace, lane: ChangeJob[]): Promise<void> {
    while (lane.length > 0) await runChanges(this.#ports, place, lane.splice(0, AT_ONCE));
    this.#lanes.delete(key);
  }
}

/** Policies and the one that changes them. */
export interface PolicyKeeper extends PolicyPorts {
  readonly changes: PolicyChangeQueue;
}

/** One a process: it keeps changes of one place in line, and knows for how long it has met others' leases. */
export function policyKeeper(outside: Omit<PolicyPorts, 'leases'>): PolicyKeeper {
  const ports = { ...outside, leases: new LeaseWatch() };
  return { ...ports, changes: new PolicyChangeQueue(ports) };
}
