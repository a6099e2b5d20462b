import type { TableClient } from '@azure/data-tables';
import type { RowKeys, SortedTable } from './sorted-table.ts';

/** What a client asked of a table. */
export interface TableReads {
  /** Filters that differ. */
  readonly ranges: number;
  readonly pages: number;
  /** Rows that were returned. */
  readonly entities: number;
  /** Rows that the table looked at. */
  readonly scanned: number;
}

/**
 * Returns a client that reads a table in memory, and what tells and forgets what it read so far.
 * @param pageRows the most rows of a page, however many are asked for. Storage may return fewer, too.
 */
export function countingTableClient(
  table: SortedTable,
  pageRows = 1000,
): {
  readonly client: TableClient;
  readonly takeReads: () => TableReads;
} {
  const filters = new Set<string>();
  let counts = { pages: 0, entities: 0, scanned: 0 };
  const listEntities = ({ queryOptions }: { queryOptions: { filter: string } }) => ({
    byPage: async function* ({
      maxPageSize,
      continuationToken,
    }: {
      maxPageSize: number;
      continuationToken?: string;
    }) {
      await Promise.resolve();
      const from = continuationToken === undefined ? null : (JSON.parse(continuationToken) as RowKeys);
      const top = Math.min(maxPageSize, pageRows);
      const { rows, rest, scanned } = table.page({ filter: queryOptions.filter, top, from });
      filters.add(queryOptions.filter);
      counts = {
        pages: counts.pages + 1,
        entities: counts.entities + rows.length,
        scanned: counts.scanned + scanned,
      };
      yield Object.assign([...rows], rest === null ? {} : { continuationToken: JSON.stringify(rest) });
    },
  });
  return {
    client: { listEntities } as unknown as TableClient,
    takeReads: () => {
      const reads = { ranges: filters.size, ...counts };
      filters.clear();
      counts = { pages: 0, entities: 0, scanned: 0 };
      return reads;
    },
  };
}
