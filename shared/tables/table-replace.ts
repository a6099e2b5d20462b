import type { TableClient } from '@azure/data-tables';
import { statusOf } from '../azure-calls/failure.ts';
import { isRowAbsent, tableFaultOf } from './faults.ts';

/** A row by its keys; the other columns are the caller's. */
export interface KeyedRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly [column: string]: unknown;
}

/**
 * Inserts a row, or replaces the row that was read under `etag`.
 * @param etag null to insert: the row must not exist yet.
 * @returns the new ETag; null if someone else inserted, changed or deleted the row in the meantime.
 * @throws what the SDK throws, after which the row may be written or not.
 */
export async function replaceRow(
  client: Pick<TableClient, 'createEntity' | 'updateEntity'>,
  row: KeyedRow,
  etag: string | null,
  abortSignal: AbortSignal,
): Promise<string | null> {
  try {
    const reply =
      etag === null
        ? await client.createEntity(row, { abortSignal })
        : await client.updateEntity(row, 'Replace', { etag, abortSignal });
    if (reply.etag === undefined) throw new Error('The reply has no ETag');
    return reply.etag;
  } catch (error) {
    if (wasOvertaken(error, etag)) return null;
    throw error;
  }
}

/** A row that was read but no longer exists was changed as well: someone deleted it. */
function wasOvertaken(error: unknown, etag: string | null): boolean {
  if (etag === null) return tableFaultOf(error) === 'exists';
  return statusOf(error) === 412 || isRowAbsent(error);
}
