import type { ReadRow } from '../tables/columns.ts';
import { type ReadableTable, readPages } from '../tables/table-pages.ts';
import { auditReadFailure } from './audit-unavailable.ts';

/** Pages of at most 1,000 rows that one scan reads. */
const MAX_PAGES = 60;
/** To count so many rows takes about as long as to issue a token. */
const SLICE_ROWS = 200;

/**
 * Reads the rows that OData filters match, all ranges at once, at most 60 pages together. Gives `take` each row once, at
 * most 200 rows at a time, and keeps none of them. Other work of the process runs in between.
 * @returns `scannedAll` false if the deadline or the limit of pages ended the scan, so there may be more.
 * @throws BrokerError `audit_unavailable` if nothing could be read; and what `take` throws.
 */
export async function scanRanges(
  table: ReadableTable,
  { filters, columns }: { readonly filters: readonly string[]; readonly columns: string[] },
  deadline: Date,
  take: (rows: readonly ReadRow[]) => void,
): Promise<{ readonly scannedAll: boolean }> {
  let pages = 0;
  let read = 0;
  const mayRead = (): boolean => pages++ < MAX_PAGES;
  const ends = await Promise.all(
    filters.map((filter) =>
      readPages(table, { filter, columns, mayRead, sliceRows: SLICE_ROWS }, deadline, (rows) => {
        read += 1;
        take(rows);
      }),
    ),
  );
  const cut = ends.filter(({ rest }) => rest !== null);
  if (read === 0) throw auditReadFailure(cut[0]?.fault ?? 'deadline passed');
  return { scannedAll: cut.length === 0 };
}
