import { failureReason } from '../azure-calls/failure.ts';
import { addSeconds, earlierOf } from '../iso-time.ts';
import type { Log } from '../log-events.ts';
import { type AuditPartitions, MAX_ROWS_AT_ONCE } from './audit-partitions.ts';
import type { AuditLog } from './audit-record.ts';
import { oldestFirst } from './oldest-partitions.ts';
import { PurgeTally } from './purge-tally.ts';
import { type AuditPartition, isPurgeable, purgeLimits, type PurgeLimits } from './purgeable-partition.ts';

/** A run begins no deletion later than this many seconds after it began; the next run removes the rest. */
export const PURGE_SECONDS = 180;

/** Whose rows are needed, and from when on. */
export interface NeededRows {
  readonly account: string;
  readonly since: Date;
}

/** Everything that retention needs from outside. */
export interface PurgePorts {
  readonly partitions: AuditPartitions;
  /**
   * Returns the earliest instant from which on rows are needed, however old they are; null: none are.
   * @throws BrokerError if that cannot be determined, so nothing may be removed.
   */
  readonly neededRows: () => Promise<NeededRows | null>;
  readonly events: Pick<AuditLog, 'appendEvent'>;
  readonly clock: () => Date;
  readonly log: Log;
}

/** All in whole seconds. */
export interface PurgeTimes {
  readonly keptSeconds: number;
  /** Timeout of one call. */
  readonly callTimeoutSeconds: number;
}

/**
 * Removes the audit rows that are past their retention, the oldest hours first, until none is left or the run's time is
 * over. It keeps no state of its own: the table shows what is left, so the next run, on any instance, continues after a
 * crash anywhere, and two runs at once do no harm. Never throws; a failure is logged.
 *
 * One event is written before the first deletion, with what may go, and one after the last, with what is gone. If the first
 * cannot be written, nothing is removed, so no crash hides a removal.
 */
export async function purgeAudit(ports: PurgePorts, times: PurgeTimes): Promise<void> {
  const run = new PurgeRun(ports, times);
  try {
    await run.removeAll(await run.findLimits());
  } catch (error) {
    ports.log('purge held up', { account: null, reason: failureReason(error) });
  }
  await run.recordEnd();
}

class PurgeRun {
  readonly #ports: PurgePorts;
  readonly #times: PurgeTimes;
  readonly #endsAt: Date;
  readonly #tally = new PurgeTally();
  #isRecorded = false;

  constructor(ports: PurgePorts, times: PurgeTimes) {
    this.#ports = ports;
    this.#times = times;
    this.#endsAt = addSeconds(ports.clock(), PURGE_SECONDS);
  }

  /** The time is read once: the longer a run takes, the further its limits are in the past. */
  async findLimits(): Promise<PurgeLimits> {
    const { partitions, neededRows, clock, log } = this.#ports;
    const now = earlierOf(clock(), await partitions.tableTime(this.#deadline()));
    const needed = await neededRows();
    const limits = purgeLimits(now, this.#times.keptSeconds, needed?.since ?? null);
    if (needed !== null && needed.since < addSeconds(now, -this.#times.keptSeconds))
      log('purge held up', {
        account: needed.account,
        reason: `the account may still need rows from ${needed.since.toISOString()} on, because its keys are in rotation`,
      });
    return limits;
  }

  async removeAll(limits: PurgeLimits): Promise<void> {
    const { partitions } = this.#ports;
    const find = (range: Parameters<AuditPartitions['firstPartition']>[0]) =>
      partitions.firstPartition(range, this.#deadline());
    for await (const partition of oldestFirst(find, limits)) {
      if (!isPurgeable(partition, limits)) continue;
      await this.#remove(partition, limits);
      if (!this.#hasTime()) return;
    }
  }

  /** Records what is gone, once the first event says that something may be. */
  async recordEnd(): Promise<void> {
    if (!this.#isRecorded) return;
    const detail = this.#tally.describe();
    this.#ports.log('audit rows removed', { detail });
    try {
      await this.#record(detail);
    } catch (error) {
      this.#ports.log('purge not recorded', { detail, reason: failureReason(error) });
    }
  }

  async #remove(partition: AuditPartition, limits: PurgeLimits): Promise<void> {
    const { partitions } = this.#ports;
    while (this.#hasTime()) {
      const keys = await partitions.rowKeys(partition.key, this.#deadline());
      if (keys.length === 0) return;
      for (let first = 0; first < keys.length && this.#hasTime(); first += MAX_ROWS_AT_ONCE)
        await this.#delete(partition, keys.slice(first, first + MAX_ROWS_AT_ONCE), limits);
    }
  }

  async #delete(partition: AuditPartition, keys: readonly string[], limits: PurgeLimits): Promise<void> {
    if (!this.#isRecorded) {
      const { before, eventsBefore } = limits;
      const events = `events before ${eventsBefore.toISOString()}`;
      await this.#record(
        `begins: tokens and denials before ${before.toISOString()}, ${events}, from ${partition.key} on`,
      );
      this.#isRecorded = true;
    }
    this.#tally.attempt(partition, keys.length);
    await this.#ports.partitions.deleteRows(partition.key, keys, this.#deadline());
    this.#tally.confirm(partition, keys.length);
  }

  #record(detail: string): Promise<void> {
    const event = { at: this.#ports.clock(), type: 'purge', account: null, actor: 'retention', detail };
    return this.#ports.events.appendEvent(event, this.#deadline());
  }

  #hasTime(): boolean {
    return this.#ports.clock() < this.#endsAt;
  }

  #deadline(): Date {
    return addSeconds(this.#ports.clock(), this.#times.callTimeoutSeconds);
  }
}
