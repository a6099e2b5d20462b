import type { CommitRow, RowTransport } from '../../shared/tables/row-transport.ts';
import { tableError } from '../../test/unit/tables/scripted-table.ts';
import { RateLimit } from './rate-limit.ts';
import { logNormal, type Random } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Azure's documented targets for Table storage; docs/scale.md names the pages. */
export const TABLE_LIMITS: TableLimits = {
  partitionPerSecond: 2000,
  accountPerSecond: 20_000,
  transactionEntities: 100,
  transactionBytes: 4 * 1024 * 1024,
};

export interface TableLimits {
  /** Entities per second in one partition. */
  readonly partitionPerSecond: number;
  /** Transactions per second in one account. Each entity counts as one, which is the strictest reading of the target. */
  readonly accountPerSecond: number;
  readonly transactionEntities: number;
  readonly transactionBytes: number;
}

export interface TableOptions {
  readonly limits: TableLimits;
  readonly time: VirtualTime;
  readonly random: Random;
  /** Size of each row in a request's body. */
  readonly rowBytes: number;
  /** Half of all round trips with one entity are faster. */
  readonly roundTripMs: number;
  /** What each further entity adds to a round trip. */
  readonly entityMs: number;
  /** Share of the writes whose connection is lost before the reply; half of them take effect. */
  readonly lostReplies: number;
}

/** p99 is then about 3.2 times the median. */
const ROUND_TRIP_SPREAD = 0.5;

/**
 * A table account that enforces the limits of Table storage and answers 503 `ServerBusy` beyond them. It has one or more
 * clients; each call takes a round trip in virtual time.
 */
export class LimitedTable<Row extends CommitRow> implements RowTransport<Row> {
  readonly busy = { partition: 0, account: 0 };
  /** Requests that break a limit of transactions. Group commit must never send one. */
  oversized = 0;
  /** Writes that took effect, with the number of their rows. */
  transactions = 0;
  readonly #options: TableOptions;
  readonly #account: RateLimit;
  readonly #partitions = new Map<string, { readonly limit: RateLimit; readonly ids: Map<string, string> }>();

  constructor(options: TableOptions) {
    this.#options = options;
    this.#account = new RateLimit(options.limits.accountPerSecond);
  }

  async insert(rows: readonly Row[]): Promise<void> {
    const { time, random, lostReplies } = this.#options;
    const halfMs = this.#roundTripMs(rows.length) / 2;
    const isLost = random() < lostReplies;
    const neverArrives = isLost && random() < 0.5;
    await time.wait(halfMs);
    const fault = neverArrives ? null : this.#write(rows);
    await time.wait(halfMs);
    if (isLost) throw tableError(undefined, 'ECONNRESET');
    if (fault !== null) throw fault;
  }

  async requestIdOf(row: Row): Promise<string | null> {
    const halfMs = this.#roundTripMs(1) / 2;
    await this.#options.time.wait(halfMs);
    const fault = this.#admit(row.partitionKey, 1);
    const id = this.idOf(row);
    await this.#options.time.wait(halfMs);
    if (fault !== null) throw fault;
    return id;
  }

  bytesOf(): number {
    return this.#options.rowBytes;
  }

  /** Returns the `requestId` under the row's keys at this instant; null if there is no row. */
  idOf({ partitionKey, rowKey }: CommitRow): string | null {
    return this.#partitions.get(partitionKey)?.ids.get(rowKey) ?? null;
  }

  /** Returns the number of rows of each partition. */
  rowCounts(): number[] {
    return [...this.#partitions.values()].map(({ ids }) => ids.size);
  }

  #roundTripMs(entities: number): number {
    const { random, roundTripMs, entityMs } = this.#options;
    return logNormal(random, roundTripMs + (entities - 1) * entityMs, ROUND_TRIP_SPREAD);
  }

  #write(rows: readonly Row[]): Error | null {
    const { limits, rowBytes } = this.#options;
    if (rows.length > limits.transactionEntities || rows.length * rowBytes > limits.transactionBytes) {
      this.oversized += 1;
      return tableError(400, 'InvalidInput');
    }
    const [{ partitionKey }] = rows as readonly [Row];
    const refusal = this.#admit(partitionKey, rows.length);
    if (refusal !== null) return refusal;
    const { ids } = this.#partitionOf(partitionKey);
    if (rows.some(({ rowKey }) => ids.has(rowKey))) return tableError(409, 'EntityAlreadyExists');
    for (const { rowKey, requestId } of rows) ids.set(rowKey, requestId);
    this.transactions += 1;
    return null;
  }

  #admit(partitionKey: string, entities: number): Error | null {
    const { nowMs } = this.#options.time;
    const { limit } = this.#partitionOf(partitionKey);
    if (!limit.hasRoomFor(entities, nowMs)) this.busy.partition += 1;
    else if (!this.#account.hasRoomFor(entities, nowMs)) this.busy.account += 1;
    else {
      limit.add(entities, nowMs);
      this.#account.add(entities, nowMs);
      return null;
    }
    return tableError(503, 'ServerBusy');
  }

  #partitionOf(partitionKey: string): { readonly limit: RateLimit; readonly ids: Map<string, string> } {
    const found = this.#partitions.get(partitionKey);
    if (found !== undefined) return found;
    const added = {
      limit: new RateLimit(this.#options.limits.partitionPerSecond),
      ids: new Map<string, string>(),
    };
    this.#partitions.set(partitionKey, added);
    return added;
  }
}
