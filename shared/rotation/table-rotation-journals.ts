import type { TableClient } from '@azure/data-tables';
import { retryAfterOf } from '../azure-calls/failure.ts';
import { readTwice } from '../azure-calls/read-twice.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import { BrokerError } from '../broker-error.ts';
import { describeTableFault, isRowAbsent } from '../tables/faults.ts';
import { columnOf } from '../tables/columns.ts';
import { quote } from '../tables/odata.ts';
import { scanRows } from '../tables/table-pages.ts';
import { replaceRow } from '../tables/table-replace.ts';
import {
  hasOrder,
  type JournalEntry,
  type RotationJournal,
  type RotationJournals,
} from './rotation-journal.ts';
import { journalText, parseJournal } from './table-journal-text.ts';

export interface TableRotationJournalsOptions {
  /** A client of the state table, from `auditTableClient`, that sends each request once. */
  readonly client: TableClient;
  /** Timeout of one call, in milliseconds. */
  readonly callTimeoutMs: number;
  readonly clock: () => Date;
}

/** All journals are in one partition, one row per account. */
const PARTITION = 'rotation';

/** Rotation journals in the state table: the journal as JSON in one column, beside columns that people search. */
export class TableRotationJournals implements RotationJournals {
  readonly #options: TableRotationJournalsOptions;

  constructor(options: TableRotationJournalsOptions) {
    this.#options = options;
  }

  async load(account: string): Promise<JournalEntry> {
    const { client, callTimeoutMs } = this.#options;
    try {
      const row = await readTwice(callTimeoutMs, (abortSignal) =>
        client.getEntity(PARTITION, account, { abortSignal }),
      );
      const stored = row['journal'];
      const journal = parseJournal(typeof stored === 'string' ? stored : '', account);
      // Treating it as absent would start over while a regeneration may be in flight.
      if (!journal.ok) throw this.#unavailable(account, `cannot be read: ${journal.fault.message}`);
      return { journal: journal.value, etag: row.etag };
    } catch (error) {
      if (isRowAbsent(error)) return { journal: null, etag: null };
      throw this.#failure(account, 'could not be read', error);
    }
  }

  async save(journal: RotationJournal, etag: string | null): Promise<JournalEntry | null> {
    const { account, phase, active } = journal;
    const { client, callTimeoutMs } = this.#options;
    const row = {
      partitionKey: PARTITION,
      rowKey: account,
      phase,
      active,
      ...(hasOrder(journal) ? { ordered: true } : {}),
      journal: journalText(journal),
    };
    try {
      const saved = await withTimeout(callTimeoutMs, (signal) => replaceRow(client, row, etag, signal));
      return saved === null ? null : { journal, etag: saved };
    } catch (error) {
      throw this.#failure(account, 'could not be saved', error);
    }
  }

  async withOrders(): Promise<readonly string[]> {
    const { client, clock, callTimeoutMs } = this.#options;
    const unavailable = (reason: string): BrokerError =>
      new BrokerError('storage_unavailable', 'The rotation journals are currently unavailable.', {
        reason: `the journals with orders could not be read: ${reason}`,
      });
    const filter = `PartitionKey eq ${quote(PARTITION)} and ordered eq true`;
    const deadline = new Date(clock().getTime() + callTimeoutMs);
    const query = { filter, columns: ['rowKey'] };
    const { rows, complete, fault } = await scanRows({ client, clock, unavailable }, query, deadline);
    if (!complete) throw unavailable(fault ?? 'deadline passed');
    return rows.map((row) => columnOf(row, 'rowKey'));
  }

  #failure(account: string, what: string, error: unknown): BrokerError {
    if (error instanceof BrokerError) return error;
    return this.#unavailable(account, `${what}: ${describeTableFault(error)}`, error);
  }

  #unavailable(account: string, what: string, error?: unknown): BrokerError {
    const retryAfter = retryAfterOf(error, this.#options.clock());
    return new BrokerError('storage_unavailable', 'The rotation journal is currently unavailable.', {
      reason: `the journal of ${account} ${what}`,
      ...(retryAfter === null ? {} : { retryAfter }),
    });
  }
}
