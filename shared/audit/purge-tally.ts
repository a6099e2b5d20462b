import { addSeconds, hourOf } from '../iso-time.ts';
import type { AuditPartition, PartitionKind } from './purgeable-partition.ts';

/** Counts what one run removes, for the event that records it. */
export class PurgeTally {
  readonly #rows: Record<PartitionKind, number> = { tokens: 0, denials: 0, events: 0 };
  #unconfirmed = 0;
  #first: Date | null = null;
  #last: Date | null = null;

  /** Counts rows whose deletion is about to be sent: from now on, they may be gone. */
  attempt({ start, end }: AuditPartition, rows: number): void {
    this.#unconfirmed += rows;
    const last = addSeconds(end, -1);
    if (this.#first === null || start < this.#first) this.#first = start;
    if (this.#last === null || last > this.#last) this.#last = last;
  }

  /** Counts rows of the last attempt as removed. */
  confirm({ kind }: AuditPartition, rows: number): void {
    this.#unconfirmed -= rows;
    this.#rows[kind] += rows;
  }

  /** Returns what was removed, for people to read: `removed 3 rows (…) of the hours 2026112200 to 2026112205`. */
  describe(): string {
    const { tokens, denials, events } = this.#rows;
    const rows = `removed ${tokens + denials + events} rows (tokens ${tokens}, denials ${denials}, events ${events})`;
    const hours =
      this.#first === null || this.#last === null
        ? ''
        : ` of the hours ${hourOf(this.#first)} to ${hourOf(this.#last)}`;
    const unconfirmed =
      this.#unconfirmed === 0
        ? ''
        : `; up to ${this.#unconfirmed} more rows may be gone, without confirmation`;
    return `${rows}${hours}${unconfirmed}`;
  }
}
