import { nextTurn, pause, withTimeout } from '../azure-calls/timeout.ts';
import { describeTableFault, type TableFault, tableFaultOf } from '../tables/faults.ts';
import type { CommitRow, RowTransport } from '../tables/row-transport.ts';
import { settleExisting, settleUnknown } from './settle-unconfirmed-rows.ts';
import type { WaitingRow } from './waiting-row.ts';

/** Azure's limit for an entity-group transaction. */
const BATCH_ROWS = 100;
/** Azure accepts 4 MiB, which includes headers for each row that `bytesOf` does not count. */
const BATCH_BYTES = 3 * 1024 * 1024;
/** Ends a write on a hung connection early enough for the rows behind it to meet their deadlines. */
const WRITE_TIMEOUT_MS = 5000;
const FIRST_BACKOFF_MS = 50;
const LONGEST_BACKOFF_MS = 800;

type Batch<Row extends CommitRow> = readonly WaitingRow<Row>[];

/**
 * The rows of one partition. It has one write in flight at a time; rows added meanwhile share the next one, and so do rows
 * that are added in one turn of the event loop.
 */
export class PartitionLane<Row extends CommitRow> {
  readonly #transport: RowTransport<Row>;
  readonly #onIdle: () => void;
  readonly #fresh = new Set<WaitingRow<Row>>();
  readonly #retries: Batch<Row>[] = [];
  #writing = false;
  #readingBack = 0;

  constructor(transport: RowTransport<Row>, onIdle: () => void) {
    this.#transport = transport;
    this.#onIdle = onIdle;
  }

  /** Adds a row. It is sent after this turn of the event loop if no write is in flight. */
  add(waiting: WaitingRow<Row>): void {
    this.#fresh.add(waiting);
    this.#wake();
  }

  /** Removes a row whose deadline passed before it was sent. */
  remove(waiting: WaitingRow<Row>): void {
    this.#fresh.delete(waiting);
  }

  #wake(): void {
    if (!this.#writing) void this.#write();
  }

  async #write(): Promise<void> {
    this.#writing = true;
    let throttles = 0;
    // Of requests that arrive together, the first must not go alone and keep the others waiting for its reply.
    await nextTurn();
    for (let batch = this.#next(); batch.length > 0; batch = this.#next()) {
      const fault = await this.#writeBatch(batch);
      throttles = fault === 'throttled' ? throttles + 1 : 0;
      if (throttles > 0) await pause(Math.min(FIRST_BACKOFF_MS * 2 ** (throttles - 1), LONGEST_BACKOFF_MS));
    }
    this.#writing = false;
    this.#reportIfIdle();
  }

  /** Returns the next batch. Rows to retry come first, because their deadlines are nearer. */
  #next(): Batch<Row> {
    for (let batch = this.#retries.shift(); batch !== undefined; batch = this.#retries.shift()) {
      const open = batch.filter((waiting) => !waiting.isSettled);
      if (open.length > 0) return open;
    }
    const batch: WaitingRow<Row>[] = [];
    let bytes = 0;
    for (const waiting of this.#fresh) {
      bytes += this.#transport.bytesOf(waiting.row);
      if (batch.length === BATCH_ROWS || (batch.length > 0 && bytes > BATCH_BYTES)) break;
      batch.push(waiting);
      this.#fresh.delete(waiting);
    }
    return batch;
  }

  async #writeBatch(batch: Batch<Row>): Promise<TableFault | null> {
    // A write gets half of the time left; the other half is for reading back.
    for (const waiting of batch) waiting.rowsTogether = batch.length;
    const longest = Math.max(...batch.map((waiting) => waiting.remaining()));
    try {
      await withTimeout(Math.min(WRITE_TIMEOUT_MS, longest / 2), (signal) =>
        this.#transport.insert(
          batch.map(({ row }) => row),
          signal,
        ),
      );
      for (const waiting of batch) waiting.confirm();
      return null;
    } catch (error) {
      for (const waiting of batch) waiting.lastFault = describeTableFault(error);
      return this.#afterFault(batch, tableFaultOf(error));
    }
  }

  #afterFault(batch: Batch<Row>, fault: TableFault): TableFault {
    const [first] = batch;
    if (fault === 'unknown') this.#readBack(settleUnknown(batch, this.#transport));
    else if (fault === 'exists') this.#readBack(this.#retryAbsent(batch));
    else if (fault === 'unusable' || (fault === 'refused' && batch.length === 1))
      for (const waiting of batch) waiting.drop(waiting.lastFault);
    else if (batch.length === 1 && first !== undefined) this.#retries.push([first]);
    else this.#retries.push(...halves(batch));
    return fault;
  }

  /** Tracks reading back, which runs beside the writes: the rows behind need not wait for it. */
  #readBack(work: Promise<void>): void {
    this.#readingBack += 1;
    void work.finally(() => {
      this.#readingBack -= 1;
      this.#reportIfIdle();
    });
  }

  async #retryAbsent(batch: Batch<Row>): Promise<void> {
    const absent = await settleExisting(batch, this.#transport);
    if (absent.length === 0) return;
    await pause(FIRST_BACKOFF_MS);
    this.#retries.push(absent);
    this.#wake();
  }

  #reportIfIdle(): void {
    if (!this.#writing && this.#readingBack === 0) this.#onIdle();
  }
}

function halves<Row extends CommitRow>(batch: Batch<Row>): Batch<Row>[] {
  const middle = Math.ceil(batch.length / 2);
  return [batch.slice(0, middle), batch.slice(middle)];
}
