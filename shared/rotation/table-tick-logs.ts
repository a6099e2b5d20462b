import type { TableClient } from '@azure/data-tables';
import { retryAfterOf } from '../azure-calls/failure.ts';
import { readTwice } from '../azure-calls/read-twice.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import { BrokerError } from '../broker-error.ts';
import { optionalColumnOf, type ReadRow } from '../tables/columns.ts';
import { describeTableFault, isRowAbsent } from '../tables/faults.ts';
import type { TickLog, TickLogs } from './tick-log.ts';

export interface TableTickLogsOptions {
  /** A client of the state table, from `auditTableClient`, that sends each request once. */
  readonly client: TableClient;
  /** Timeout of one call, in milliseconds. */
  readonly callTimeoutMs: number;
  readonly clock: () => Date;
}

const PARTITION = 'timers';
const ROW = 'rotateKeys';

/** The record of the last tick in the state table: one row. */
export class TableTickLogs implements TickLogs {
  readonly #options: TableTickLogsOptions;

  constructor(options: TableTickLogsOptions) {
    this.#options = options;
  }

  async load(): Promise<TickLog | null> {
    const { client, callTimeoutMs } = this.#options;
    try {
      return parseTickLog(
        await readTwice(callTimeoutMs, (abortSignal) =>
          client.getEntity<ReadRow>(PARTITION, ROW, { abortSignal }),
        ),
      );
    } catch (error) {
      if (isRowAbsent(error)) return null;
      throw this.#unavailable('could not be read', error);
    }
  }

  async save({ lastTickAt, gapSeconds, nextAccount }: TickLog): Promise<void> {
    const { client, callTimeoutMs } = this.#options;
    const row = {
      partitionKey: PARTITION,
      rowKey: ROW,
      lastTickAt: lastTickAt.toISOString(),
      gapSeconds,
      ...(nextAccount === null ? {} : { nextAccount }),
    };
    try {
      // Without an ETag: of two ticks at once, either record will do.
      await withTimeout(callTimeoutMs, (abortSignal) => client.upsertEntity(row, 'Replace', { abortSignal }));
    } catch (error) {
      throw this.#unavailable('could not be saved', error);
    }
  }

  #unavailable(what: string, error: unknown): BrokerError {
    const retryAfter = retryAfterOf(error, this.#options.clock());
    return new BrokerError('storage_unavailable', 'The record of the last tick is currently unavailable.', {
      reason: `the record of the last tick ${what}: ${describeTableFault(error)}`,
      ...(retryAfter === null ? {} : { retryAfter }),
    });
  }
}

function parseTickLog(row: ReadRow): TickLog | null {
  const { lastTickAt, gapSeconds } = row;
  const at = typeof lastTickAt === 'string' ? new Date(lastTickAt) : new Date(NaN);
  const isGap = typeof gapSeconds === 'number' && Number.isInteger(gapSeconds) && gapSeconds >= 0;
  if (Number.isNaN(at.getTime()) || !isGap) return null;
  return { lastTickAt: at, gapSeconds, nextAccount: optionalColumnOf(row, 'nextAccount') };
}
