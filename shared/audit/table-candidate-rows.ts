import type { TableClient } from '@azure/data-tables';
import { forEachConcurrently } from '../azure-calls/concurrency.ts';
import type { PageTurns } from '../azure-calls/page-turns.ts';
import { type PagesEnd, readPages } from '../tables/table-pages.ts';
import type { AuditRecord } from './audit-record.ts';
import { auditRecordOf } from './audit-row.ts';
import { auditReadFailure } from './audit-unavailable.ts';
import { candidateFilters, type CandidateRows } from './candidate-rows.ts';
import { isTokenRow } from './row-keys.ts';

interface TableCandidateRowsOptions {
  /** A client of the audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly clock: () => Date;
  /** Shared by every scan of this instance. */
  readonly turns?: PageTurns;
}

const SEEKS_AT_ONCE = 16;

/** Returns the search for candidates in the audit table. It keeps at most `limit` records, however many rows match. */
export function tableCandidateRows({ client, clock, turns }: TableCandidateRowsOptions): CandidateRows {
  const table = { client, clock, unavailable: auditReadFailure, turns };
  return {
    async find(query, deadline) {
      const records: AuditRecord[] = [];
      const ends: PagesEnd[] = [];
      let matches = 0;
      await forEachConcurrently(candidateFilters(query), SEEKS_AT_ONCE, async (filter) => {
        // A shard that is not read at all is one that was not read to its end.
        if (matches > query.limit) return;
        const end = await readPages(table, { filter }, deadline, (rows) => {
          for (const record of rows.filter(isTokenRow).map(auditRecordOf).filter(query.fits)) {
            matches += 1;
            if (records.length < query.limit) records.push(record);
          }
        });
        ends.push(end);
      });
      const cut = ends.filter(({ rest }) => rest !== null);
      if (cut.length === ends.length && records.length === 0)
        throw auditReadFailure(cut[0]?.fault ?? 'deadline passed');
      return { records, scannedAll: cut.length === 0 && matches <= query.limit };
    },
  };
}
