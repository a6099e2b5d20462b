import { auditRow } from '../../shared/audit/audit-row.ts';
import { groupCommit, type GroupCommit } from '../../shared/audit/group-commit.ts';
import {
  fingerprintOf,
  newRowKeys,
  partitionKey,
  randomSuffix,
  rowKey,
  SUFFIX_BYTES,
} from '../../shared/audit/row-keys.ts';
import { BrokerError } from '../../shared/broker-error.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import type { CommitRow } from '../../shared/tables/row-transport.ts';
import { LimitedTable, type TableOptions } from './limited-table.ts';
import type { Scenario } from './scenario.ts';
import { pickIndex, type Random, seededRandom, untilNext } from './seeded-random.ts';
import { typicalRecord } from './typical-record.ts';
import { VirtualTime } from './virtual-time.ts';

/** Why a row was not confirmed: its deadline passed, 5,000 rows were waiting, or nobody knows whether it was written. */
type Refusal = 'deadline' | 'rows waiting' | 'unknown outcome';

export interface Figures {
  readonly requests: number;
  readonly issued: number;
  /** Requests that got 503, by cause. */
  readonly refused: Readonly<Record<Refusal, number>>;
  /** From the append of the row to its confirmation, for issued tokens. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** Writes that took effect while the load lasted. */
  readonly transactionsPerSecond: number;
  readonly entitiesPerTransaction: number;
  /** Replies 503 `ServerBusy` of the table, by the limit that was exceeded. */
  readonly serverBusy: { readonly partition: number; readonly account: number };
  /** Rows per second that the fullest partition received while the load lasted. */
  readonly fullestPartitionPerSecond: number;
  /** Tokens that were confirmed while the table had no row of them. The first promise says none. */
  readonly unaudited: number;
  /** Rows whose request got 503, which are harmless. */
  readonly rowsWithoutToken: number;
  /** Requests beyond the limits of a transaction. */
  readonly oversized: number;
}

/**
 * Runs the broker's row keys and group commit on a model of Table storage, in virtual time. The same scenario gives the
 * same figures.
 * @param tableOf creates the table.
 */
export async function simulate(
  scenario: Scenario,
  tableOf = (options: TableOptions): LimitedTable<CommitRow> => new LimitedTable(options),
): Promise<Figures> {
  const time = new VirtualTime(START);
  const table = tableOf({
    ...scenario,
    time,
    random: seededRandom(scenario.seed + 1),
    rowBytes: Buffer.byteLength(JSON.stringify(auditRow(typicalRecord, 'contoso-broker-0123456789ab'))),
  });
  const load = new Load(scenario, time, table);
  await time.run(() => load.start());
  return load.figures();
}

/** All tokens with one lifetime expire in one hour, because no run is long enough to cross its end. */
const START = new Date('2026-11-22T15:05:00Z');

interface Instance {
  readonly shard: number;
  readonly commit: GroupCommit<CommitRow>;
}

class Load {
  readonly #scenario: Scenario;
  readonly #time: VirtualTime;
  readonly #table: LimitedTable<CommitRow>;
  readonly #random: Random;
  readonly #instances: Instance[];
  readonly #latenciesMs: number[] = [];
  readonly #refused: Record<Refusal, number> = { deadline: 0, 'rows waiting': 0, 'unknown outcome': 0 };
  #requests = 0;
  #unaudited = 0;
  #atEnd = { transactions: 0, fullestPartition: 0 };

  constructor(scenario: Scenario, time: VirtualTime, table: LimitedTable<CommitRow>) {
    this.#scenario = scenario;
    this.#time = time;
    this.#table = table;
    this.#random = seededRandom(scenario.seed);
    this.#instances = Array.from({ length: scenario.instances }, () => ({
      shard: pickIndex(this.#random, scenario.shards),
      commit: groupCommit(table, { clock: time.clock }),
    }));
  }

  /** Schedules the first request; each one schedules the next. */
  start(): void {
    const { rate, seconds } = this.#scenario;
    const endMs = addSeconds(START, seconds).getTime();
    const scheduleNext = (): void => {
      const waitMs = untilNext(this.#random, 1000 / rate);
      if (this.#time.nowMs + waitMs >= endMs) return;
      this.#time.schedule(waitMs, () => {
        void this.#request();
        scheduleNext();
      });
    };
    scheduleNext();
    this.#time.schedule(seconds * 1000, () => {
      const { transactions } = this.#table;
      this.#atEnd = { transactions, fullestPartition: Math.max(0, ...this.#table.rowCounts()) };
    });
  }

  figures(): Figures {
    const sorted = Float64Array.from(this.#latenciesMs).sort();
    const rows = this.#table.rowCounts().reduce((sum, count) => sum + count, 0);
    return {
      requests: this.#requests,
      issued: sorted.length,
      refused: this.#refused,
      latencyMs: { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) },
      transactionsPerSecond: this.#atEnd.transactions / this.#scenario.seconds,
      entitiesPerTransaction: rows / this.#table.transactions,
      serverBusy: this.#table.busy,
      fullestPartitionPerSecond: this.#atEnd.fullestPartition / this.#scenario.seconds,
      unaudited: this.#unaudited,
      rowsWithoutToken: rows + this.#unaudited - sorted.length,
      oversized: this.#table.oversized,
    };
  }

  async #request(): Promise<void> {
    const { shard, commit } = this.#instances[pickIndex(this.#random, this.#instances.length)]!;
    const row = this.#newRow(shard);
    const startMs = this.#time.nowMs;
    try {
      await commit.submit(row, addSeconds(this.#time.clock(), this.#scenario.deadlineSeconds));
      this.#latenciesMs.push(this.#time.nowMs - startMs);
      // The token leaves at this instant, so its row must be in the table at this instant.
      if (this.#table.idOf(row) !== row.requestId) this.#unaudited += 1;
    } catch (error) {
      this.#refused[refusalOf(error)] += 1;
    }
  }

  #newRow(shard: number): CommitRow {
    this.#requests += 1;
    const { lifetimesSeconds } = this.#scenario;
    const lifetimeSeconds = lifetimesSeconds[pickIndex(this.#random, lifetimesSeconds.length)]!;
    const key = newRowKeys({
      shard,
      expiresAt: addSeconds(this.#time.clock(), lifetimeSeconds),
      fingerprint: fingerprintOf(`${this.#scenario.seed}-${this.#requests}`),
      suffix: randomSuffix(Uint8Array.from({ length: SUFFIX_BYTES }, () => pickIndex(this.#random, 256))),
    });
    return { partitionKey: partitionKey(key), rowKey: rowKey(key), requestId: `${this.#requests}` };
  }
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof BrokerError) || error.code !== 'audit_unavailable') throw error;
  const reason = error.reason ?? '';
  if (reason.startsWith('deadline passed')) return 'deadline';
  return reason.endsWith('waiting already') ? 'rows waiting' : 'unknown outcome';
}

const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
