import { randomBytes } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { forEachConcurrently } from '../azure-calls/concurrency.ts';
import type { PageTurns } from '../azure-calls/page-turns.ts';
import { type ReadableTable, type Scan, scanRows } from '../tables/table-pages.ts';
import { tableTransport } from '../tables/table-transport.ts';
import { completionRow, readStoredRecords } from './add-on-rows.ts';
import type { AuditLog, RowKeys, StoredAuditRecord } from './audit-record.ts';
import { auditRow } from './audit-row.ts';
import { auditReadFailure } from './audit-unavailable.ts';
import { denialLog, type DenialLog } from './denial-log.ts';
import { fingerprintFilters } from './fingerprint-filters.ts';
import { groupCommit } from './group-commit.ts';
import { partitionKey, randomSuffix, rowKey, SUFFIX_BYTES } from './row-keys.ts';
import { eventRow, type RowOrigin } from './write-event-rows.ts';

export interface TableAuditLogOptions {
  /** From `auditTableClient`: a client that retries on its own would hide what happened to a write. */
  readonly client: TableClient;
  /** This broker instance's name. */
  readonly instance: string;
  /** This instance's shard, 0 to `SHARDS` − 1. */
  readonly shard: number;
  readonly clock: () => Date;
  /** Shared by every scan of this instance. */
  readonly turns?: PageTurns;
  /** Receives a message for each denial that could not be written. It holds no token, key or signature. */
  readonly onFault?: (message: string) => void;
}

const SEEKS_AT_ONCE = 16;

/** The audit log, with what the process that writes it needs besides. */
interface TableAuditLog extends AuditLog, Pick<DenialLog, 'flush'> {
  /** Returns how many rows wait or are being written. */
  waitingRows(): number;
}

/** Returns the audit log in Azure Table storage. Call `flush` (see `DenialLog`) before the process ends. */
export function tableAuditLog(options: TableAuditLogOptions): TableAuditLog {
  const { client, instance, shard, clock, turns, onFault = () => undefined } = options;
  const table = { client, clock, unavailable: auditReadFailure };
  const transport = tableTransport(client);
  const commit = groupCommit(transport, { clock });
  const origin = (): RowOrigin => ({ instance, shard, suffix: randomSuffix(randomBytes(SUFFIX_BYTES)) });
  const denials = denialLog({ transport, origin, clock, onFault });

  return {
    append: (record, deadline) => commit.submit(auditRow(record, instance), deadline),
    appendCompletion: async (key, completion, requestId, deadline) => {
      await commit.submit(completionRow(key, completion, requestId), deadline);
    },
    appendDenial: (denial, deadline) => denials.append(denial, deadline),
    appendEvent: async (event, deadline) => {
      await commit.submit(eventRow(event, origin()), deadline);
    },
    flush: (deadline) => denials.flush(deadline),
    waitingRows: () => commit.waiting(),
    find: (key, deadline) => findRecord(table, key, deadline),
    async findByFingerprint(fingerprint, hours, deadline) {
      const filters = fingerprintFilters(fingerprint, hours);
      // A search of every hour waits for its turn as other scans do.
      const searched = hours === null ? { ...table, turns } : table;
      const scans = await scanAll(filters, (filter) => scanRows(searched, { filter }, deadline));
      const faults = scans.flatMap(({ fault }) => fault ?? []);
      if (scans.length > 0 && faults.length === scans.length)
        throw auditReadFailure(faults.join(', ').slice(0, 200));
      const records = readStoredRecords(scans.flatMap(({ rows }) => rows));
      return {
        // Shards beyond today's are scanned for all hours.
        records: records.filter(
          ({ key }) => hours === null || (hours.from <= key.hour && key.hour <= hours.to),
        ),
        scannedAll: scans.every(({ complete }) => complete),
      };
    },
  };
}

async function findRecord(
  table: ReadableTable,
  key: RowKeys,
  deadline: Date,
): Promise<StoredAuditRecord | null> {
  const row = rowKey(key);
  // The row and its add-on rows, whose keys continue with "~". No other key sorts between these bounds.
  const filter = `PartitionKey eq '${partitionKey(key)}' and RowKey ge '${row}' and RowKey lt '${row}~~'`;
  const { rows, complete, fault } = await scanRows(table, { filter }, deadline);
  if (!complete) throw auditReadFailure(fault ?? 'deadline passed');
  return readStoredRecords(rows)[0] ?? null;
}

async function scanAll(filters: readonly string[], scan: (filter: string) => Promise<Scan>): Promise<Scan[]> {
  const scans: Scan[] = [];
  await forEachConcurrently(filters, SEEKS_AT_ONCE, async (filter) => {
    scans.push(await scan(filter));
  });
  return scans;
}
