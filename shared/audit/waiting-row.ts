import { startTimer } from '../azure-calls/timeout.ts';
import type { CommitRow } from '../tables/row-transport.ts';
import { auditWriteFailure } from './audit-unavailable.ts';

/** A submitted row with a promise that settles once: when its outcome is known, or at its deadline. */
export class WaitingRow<Row extends CommitRow> {
  readonly row: Row;
  /** Resolves to `rowsTogether` once the row is in the table; rejects with `audit_unavailable`. */
  readonly outcome: Promise<number>;
  /** The most recent fault, for the log. */
  lastFault = 'no answer';
  /** How many rows the last write of this row had. */
  rowsTogether = 1;
  readonly #deadline: Date;
  readonly #clock: () => Date;
  #settle: ((error: Error | null) => void) | null = null;

  constructor(row: Row, deadline: Date, clock: () => Date, onSettled: () => void) {
    this.row = row;
    this.#deadline = deadline;
    this.#clock = clock;
    this.outcome = new Promise((resolve, reject) => {
      const cancel = startTimer(this.remaining(), () => this.drop(`deadline passed: ${this.lastFault}`));
      this.#settle = (error) => {
        cancel();
        this.#settle = null;
        onSettled();
        if (error === null) resolve(this.rowsTogether);
        else reject(error);
      };
    });
  }

  get isSettled(): boolean {
    return this.#settle === null;
  }

  /** Returns the milliseconds until the deadline; negative after it. */
  remaining(): number {
    return this.#deadline.getTime() - this.#clock().getTime();
  }

  /** Resolves the promise: the row is in the table. */
  confirm(): void {
    this.#settle?.(null);
  }

  /** Rejects the promise with `audit_unavailable`. */
  drop(reason: string): void {
    this.#settle?.(auditWriteFailure(reason));
  }
}
