import { startTimer } from '../azure-calls/timeout.ts';
import type { ChangeJob } from './change-job.ts';
import type { PolicyChange } from './policy-change.ts';
import { changeConflict } from './policy-lease.ts';
import { ledgerKey } from './policy-ledger.ts';
import type { PolicyPorts } from './policy-ports.ts';
import { runChanges } from './run-changes.ts';
import type { PolicyPlace } from './stored-policy.ts';

/** A lease lists the policies that its changes block, in one column of limited size. */
const MAX_BATCH = 100;
/** A change that fails at its deadline has this long to report why. */
const GRACE_MS = 50;

/**
 * Queues changes per place. Changes that arrive while others run are made together under the next lease, so that many
 * concurrent changes need few leases and other hosts get their turn.
 */
export class PolicyChangeQueue {
  readonly #ports: PolicyPorts;
  readonly #queues = new Map<string, ChangeJob[]>();

  constructor(ports: PolicyPorts) {
    this.#ports = ports;
  }

  /**
   * Makes a change.
   * @throws BrokerError what the change throws; `conflict` if others changed the policies all the time until `deadline`
   * or overwrote this change, or if the change was still running at `deadline` and may take effect later;
   * `invalid_request` if storage rejects the policy; `not_found`, `storage_unavailable`, `signing_key_unavailable`,
   * `audit_unavailable`.
   */
  apply<Value>(place: PolicyPlace, change: PolicyChange<Value>, deadline: Date): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      const left = deadline.getTime() - this.#ports.clock().getTime();
      // Changes ahead of this one, or in the same batch, may have a later deadline.
      const cancel = startTimer(left + GRACE_MS, () => reject(changeConflict()));
      const cancelThen =
        <Outcome>(settle: (outcome: Outcome) => void) =>
        (outcome: Outcome) => {
          cancel();
          settle(outcome);
        };
      this.#enqueue(place, {
        change,
        deadline,
        resolve: cancelThen(resolve as ChangeJob['resolve']),
        reject: cancelThen(reject),
      });
    });
  }

  #enqueue(place: PolicyPlace, job: ChangeJob): void {
    const key = ledgerKey(place);
    const queue = this.#queues.get(key);
    if (queue !== undefined) {
      queue.push(job);
      return;
    }
    const opened = [job];
    this.#queues.set(key, opened);
    void this.#work(key, place, opened);
  }

  async #work(key: string, place: PolicyPlace, queue: ChangeJob[]): Promise<void> {
    while (queue.length > 0) await runChanges(this.#ports, place, queue.splice(0, MAX_BATCH));
    this.#queues.delete(key);
  }
}
