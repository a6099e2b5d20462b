import { startTimer } from '../azure-calls/timeout.ts';
import { ClaimWatch } from './lease-watch.ts';
import { editTogether } from './run-changes.ts';
import type { Job } from './leased-run.ts';
import { outrun } from './policy-lease.ts';
import type { PolicyEdit, PolicyPorts } from './policy-change.ts';
import { ledgerKey } from './policy-ledger.ts';
import type { PolicyPlace } from './stored-policy.ts';

/** The claim names what they endanger, in one column of limited size. */
const AT_ONCE = 100;
/** What failed at the deadline has that long to say how. */
const GRACE_MS = 50;

/**
 * Edits policies one place at a time: what comes in while an edit runs is done together under the next claim, so that
 * many edits at once cost few claims, and other hosts get their turn.
 */
export class PolicyEditor {
  readonly #ports: PolicyPorts;
  readonly #lanes = new Map<string, Job[]>();

  constructor(ports: PolicyPorts) {
    this.#ports = ports;
  }

  /**
   * @throws BrokerError what the edit throws; `conflict` where others edited all the time until `deadline`, or changed
   * what was written, or where it was under way at `deadline` and may still be done; `invalid_request` where storage does
   * not take the policy; `storage_unavailable`, `signing_key_unavailable`, `audit_unavailable`, `not_found`.
   */
  edit<Answer>(place: PolicyPlace, edit: PolicyEdit<Answer>, deadline: Date): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const left = deadline.getTime() - this.#ports.clock().getTime();
      // Edits before it, or together with it, may have more time than this one has.
      const cancel = startTimer(left + GRACE_MS, () => reject(outrun()));
      const settle =
        <Value>(tell: (value: Value) => void) =>
        (value: Value) => {
          cancel();
          tell(value);
        };
      const job: Job = { edit, deadline, resolve: settle(resolve as Job['resolve']), reject: settle(reject) };
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

  async #work(key: string, place: PolicyPlace, lane: Job[]): Promise<void> {
    while (lane.length > 0) await editTogether(this.#ports, place, lane.splice(0, AT_ONCE));
    this.#lanes.delete(key);
  }
}

/** Policies and the one that edits them. */
export interface PolicyKeeper extends PolicyPorts {
  readonly editor: PolicyEditor;
}

/** One a process: it keeps edits of one place in line, and knows for how long it has met others' claims. */
export function policyKeeper(outside: Omit<PolicyPorts, 'claims'>): PolicyKeeper {
  const ports = { ...outside, claims: new ClaimWatch() };
  return { ...ports, editor: new PolicyEditor(ports) };
}
