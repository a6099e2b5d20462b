import { rowNotTaken } from './audit-unavailable.ts';
import type { CommitRow } from '../tables/row-transport.ts';
import { startTimer } from '../azure-calls/timeout.ts';

/** A submitted row and its own promise, which settles once: when its outcome is known, or at its deadline. */
export class WaitingRow<Row extends CommitRow> {
  readonly row: Row;
  /** Resolves once the row is in the table; rejects with `audit_unavailable`. */
  readonly outcome: Promise<void>;
  /** The last thing that went wrong, for the log. */
  lastFault = 'no answer';
  readonly #deadline: Date;
  readonly #clock: () => Date;
  #settle: ((error: Error | null) => void) | null = null;

  constructor(row: Row, deadline: Date, clock: () => Date, onSettled: (waiting: WaitingRow<Row>) => void) {
    this.row = row;
    this.#deadline = deadline;
    this.#clock = clock;
    this.outcome = new Promise((resolve, reject) => {
      const cancel = startTimer(this.remaining(), () => this.dropped(`deadline passed: ${this.lastFault}`));
      this.#settle = (error) => {
        cancel();
        this.#settle = null;
        onSettled(this);
        if (error === null) resolve();
        else reject(error);
      };
    });
  }

  get settled(): boolean {
    return this.#settle === null;
  }

  /** Milliseconds until the deadline; negative after it. */
  remaining(): number {
    return this.#deadline.getTime() - this.#clock().getTime();
  }

  written(): void {
    this.#settle?.(null);
  }

  dropped(reason: string): void {
    this.#settle?.(rowNotTaken(reason));
  }
}
