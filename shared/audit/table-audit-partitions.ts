import type { TableClient, TransactionAction } from '@azure/data-tables';
import { readTwice } from '../azure-calls/read-twice.ts';
import { pause, withTimeout } from '../azure-calls/timeout.ts';
import { columnOf, type ReadRow } from '../tables/columns.ts';
import { describeTableFault, isRowAbsent, tableFaultOf } from '../tables/faults.ts';
import { quote } from '../tables/odata.ts';
import type { AuditPartitions } from './audit-partitions.ts';
import { auditPurgeFailure, auditReadFailure } from './audit-unavailable.ts';

interface TableAuditPartitionsOptions {
  /** The audit table, from `auditTableClient`, for an identity that may read and delete. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

const PAGE_ROWS = 1000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 800;

/** Returns the partitions of the audit table in Azure Table storage. */
export function tableAuditPartitions({ client, clock }: TableAuditPartitionsOptions): AuditPartitions {
  const left = (deadline: Date): number => deadline.getTime() - clock().getTime();
  const query = (filter: string, rows: number, deadline: Date): Promise<FirstRows> =>
    firstRows(client, filter, rows, left(deadline));
  return {
    async tableTime(deadline) {
      // No partition has this key. The reply matters only for its header.
      const { date } = await query("PartitionKey eq ''", 1, deadline);
      const time = new Date(date ?? '');
      if (Number.isNaN(time.getTime())) throw auditReadFailure('the reply has no Date');
      return time;
    },
    async firstPartition({ after, before }, deadline) {
      const range = `PartitionKey gt ${quote(after)} and PartitionKey lt ${quote(before)}`;
      const [row] = (await query(range, 1, deadline)).rows;
      return row === undefined ? null : columnOf(row, 'partitionKey');
    },
    async rowKeys(partitionKey, deadline) {
      const { rows } = await query(`PartitionKey eq ${quote(partitionKey)}`, PAGE_ROWS, deadline);
      return rows.map((row) => columnOf(row, 'rowKey'));
    },
    async deleteRows(partitionKey, rowKeys, deadline) {
      const pending: PendingRows = { partitionKey, rowKeys: [...rowKeys], oneByOne: false };
      for (let tries = 0; ; tries += 1) {
        const fault = await tryToDelete(client, pending, left(deadline));
        if (fault === null) return;
        const waitMs = Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS);
        if (!fault.mayPass || left(deadline) <= waitMs) throw auditPurgeFailure(fault.reason);
        await pause(waitMs);
      }
    },
  };
}

interface FirstRows {
  readonly rows: readonly ReadRow[];
  /** The `Date` of the last reply. */
  readonly date: string | undefined;
}

/**
 * Reads keys until a page has any. Storage may answer with an empty page and a position to continue from, above all where
 * many rows were deleted, so an empty page does not mean that there are no rows.
 */
async function firstRows(client: TableClient, filter: string, maxPageSize: number, timeoutMs: number) {
  try {
    return await readTwice(timeoutMs, async (abortSignal): Promise<FirstRows> => {
      let date: string | undefined;
      const pages = client
        .listEntities<ReadRow>({
          queryOptions: { filter, select: ['PartitionKey', 'RowKey'] },
          abortSignal,
          onResponse: ({ headers }) => {
            date = headers.get('date');
          },
        })
        .byPage({ maxPageSize });
      for await (const rows of pages) if (rows.length > 0) return { rows, date };
      return { rows: [], date };
    });
  } catch (error) {
    throw auditReadFailure(describeTableFault(error));
  }
}

/** Why rows may still exist. `mayPass`: another try may succeed, and deleting again does no harm. */
interface DeleteFault {
  readonly reason: string;
  readonly mayPass: boolean;
}

/** The rows that may still exist. */
interface PendingRows {
  readonly partitionKey: string;
  readonly rowKeys: string[];
  /** One absent row keeps all the rows of a transaction, so the rest is then deleted one by one. */
  oneByOne: boolean;
}

async function tryToDelete(
  client: TableClient,
  pending: PendingRows,
  timeoutMs: number,
): Promise<DeleteFault | null> {
  try {
    await withTimeout(timeoutMs, async (signal) => {
      if (!pending.oneByOne) pending.oneByOne = !(await deleteTogether(client, pending, signal));
      if (pending.oneByOne) await deleteOneByOne(client, pending, signal);
    });
    return null;
  } catch (error) {
    const fault = tableFaultOf(error);
    return { reason: describeTableFault(error), mayPass: fault === 'throttled' || fault === 'unknown' };
  }
}

/** Returns false if one of the rows does not exist, so none was deleted. */
async function deleteTogether(
  client: TableClient,
  { partitionKey, rowKeys }: PendingRows,
  abortSignal: AbortSignal,
): Promise<boolean> {
  const actions = rowKeys.map((rowKey): TransactionAction => ['delete', { partitionKey, rowKey }]);
  try {
    const { subResponses } = await client.submitTransaction(actions, { abortSignal });
    // The SDK parses the reply leniently: a truncated reply, or a part that it does not know, would count as success.
    const deleted = subResponses.filter(({ status }) => status === 204).length;
    if (deleted !== rowKeys.length) throw new Error('The reply does not cover every row of the transaction');
    return true;
  } catch (error) {
    if (isRowAbsent(error)) return false;
    throw error;
  }
}

async function deleteOneByOne(
  client: TableClient,
  { partitionKey, rowKeys }: PendingRows,
  abortSignal: AbortSignal,
): Promise<void> {
  for (let rowKey = rowKeys.at(-1); rowKey !== undefined; rowKey = rowKeys.at(-1)) {
    try {
      await client.deleteEntity(partitionKey, rowKey, { abortSignal });
    } catch (error) {
      if (!isRowAbsent(error)) throw error;
    }
    rowKeys.pop();
  }
}
