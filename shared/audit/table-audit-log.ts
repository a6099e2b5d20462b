import { randomBytes } from 'node:crypto';
import { Agent } from 'node:https';
import { TableClient, type NamedKeyCredential } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import type { AuditLog, RowKeys, StoredAuditRecord } from './audit-record.ts';
import { auditRow } from './audit-row.ts';
import { tableNotRead } from './audit-unavailable.ts';
import { denialLog, type DenialLog } from './denial-log.ts';
import { eventRow, type RowOrigin } from './event-rows.ts';
import { fingerprintFilters } from './fingerprint-filters.ts';
import { groupCommit } from './group-commit.ts';
import { SUFFIX_BYTES, partitionKey, randomSuffix, rowKey } from './row-keys.ts';
import { completionRow, storedRecords } from './stored-record.ts';
import { scanRows, tableRows, type Scan } from './table-rows.ts';

export interface TableAuditLogOptions {
  /** From `auditTableClient`: a client that retries by itself would hide what happened to a write. */
  readonly client: TableClient;
  /** This broker instance's name. */
  readonly instance: string;
  /** This instance's shard, 0 to `SHARDS` − 1. */
  readonly shard: number;
  readonly now: () => Date;
  /** Told of denials that could not be written. The text holds no token, key or signature. */
  readonly onFault?: (message: string) => void;
}

const SEEKS_AT_ONCE = 16;
/**
 * A connection idle for longer is closed here: Azure's front ends and NAT drop idle connections silently, and a write
 * on a dead one has an unknown outcome.
 */
const IDLE_CONNECTION_MS = 30_000;

/**
 * A client of the audit table that sends each request once, over connections that are kept.
 * @param endpoint the account's table endpoint, HTTPS, without the table's name; may carry a path.
 */
export function auditTableClient(
  endpoint: string,
  table: string,
  credential: TokenCredential | NamedKeyCredential,
): TableClient {
  // The constructor tells the credentials apart at run time; its overloads take no union.
  const client = new TableClient(endpoint, table, credential as TokenCredential, {
    // The SDK would send a write again without looking whether the first landed.
    retryOptions: { maxRetries: 0 },
  });
  const agent = new Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS });
  client.pipeline.addPolicy(
    {
      name: 'keptConnections',
      // A proxy's agent, where there is one, is set by then and stays.
      sendRequest: (request, next) => {
        request.agent ??= agent;
        return next(request);
      },
    },
    { afterPhase: 'Retry' },
  );
  return client;
}

/** The audit log in Azure Table storage. `flush` (of `DenialLog`) belongs before the process ends. */
export function tableAuditLog(options: TableAuditLogOptions): AuditLog & Pick<DenialLog, 'flush'> {
  const { client, instance, shard, now, onFault = () => undefined } = options;
  const transport = tableRows(client);
  const commit = groupCommit(transport, { now });
  const origin = (): RowOrigin => ({ instance, shard, suffix: randomSuffix(randomBytes(SUFFIX_BYTES)) });
  const denials = denialLog({ transport, origin, now, onFault });

  return {
    append: (record, deadline) => commit.submit(auditRow(record, instance), deadline),
    appendTogether: (records, deadline) =>
      commit.submitTogether(
        records.map((record) => auditRow(record, instance)),
        deadline,
      ),
    appendCompletion: (key, completion, requestId, deadline) =>
      commit.submit(completionRow(key, completion, requestId), deadline),
    appendDenial: (denial, deadline) => denials.append(denial, deadline),
    appendEvent: (event, deadline) => commit.submit(eventRow(event, origin()), deadline),
    flush: (deadline) => denials.flush(deadline),
    find: (key, deadline) => findRecord(client, key, deadline, now),
    async findByFingerprint(fingerprint, hours, deadline) {
      const filters = fingerprintFilters(fingerprint, hours);
      const scans = await scanAll(filters, (filter) => scanRows(client, filter, deadline, now));
      const faults = scans.flatMap(({ fault }) => fault ?? []);
      if (scans.length > 0 && faults.length === scans.length)
        throw tableNotRead(faults.join(', ').slice(0, 200));
      const records = storedRecords(scans.flatMap(({ rows }) => rows));
      return {
        // Shards beyond today's are scanned whole.
        records: records.filter(
          ({ key }) => hours === null || (hours.from <= key.hour && key.hour <= hours.to),
        ),
        scannedAll: scans.every(({ complete }) => complete),
      };
    },
  };
}

async function findRecord(
  client: TableClient,
  key: RowKeys,
  deadline: Date,
  now: () => Date,
): Promise<StoredAuditRecord | null> {
  const row = rowKey(key);
  // The row and its add-ons, whose keys go on with "~"; nothing else sorts between.
  const filter = `PartitionKey eq '${partitionKey(key)}' and RowKey ge '${row}' and RowKey lt '${row}~~'`;
  const { rows, complete, fault } = await scanRows(client, filter, deadline, now);
  if (!complete) throw tableNotRead(fault ?? 'deadline passed');
  return storedRecords(rows)[0] ?? null;
}

async function scanAll(filters: readonly string[], scan: (filter: string) => Promise<Scan>): Promise<Scan[]> {
  const queue = [...filters];
  const scans: Scan[] = [];
  const reader = async (): Promise<void> => {
    for (let filter = queue.shift(); filter !== undefined; filter = queue.shift())
      scans.push(await scan(filter));
  };
  await Promise.all(Array.from({ length: SEEKS_AT_ONCE }, reader));
  return scans;
}
