import type { TableClient } from '@azure/data-tables';
import { columnOf, instantOf, optionalColumnOf, type ReadRow } from '../tables/columns.ts';
import type { PageTurns } from '../azure-calls/page-turns.ts';
import { auditReadFailure } from './audit-unavailable.ts';
import type { DenialRows, RecordedDenials } from './denial-rows.ts';
import { denialRanges, laterDenialRanges, timeKey } from './event-row-keys.ts';
import { scanRanges } from './scan-ranges.ts';

interface TableDenialRowsOptions {
  /** The audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly clock: () => Date;
  /** Shared by every scan of this instance. */
  readonly turns?: PageTurns;
}

const COLUMNS = [
  'partitionKey',
  'rowKey',
  'at',
  'callerIssuer',
  'callerSubject',
  'callerName',
  'count',
  'reason',
];

/** Reads denials from the audit table, one range per shard, at most 60 pages of 1,000 rows in one scan. */
export function tableDenialRows({ client, clock, turns }: TableDenialRowsOptions): DenialRows {
  const table = { client, clock, unavailable: auditReadFailure, turns };
  return {
    scan({ since, until }, deadline, take) {
      const window = { from: since, before: timeKey(until) };
      const filters = [...denialRanges(window), ...laterDenialRanges(window)];
      return scanRanges(table, { filters, columns: COLUMNS }, deadline, (rows) =>
        take(rows.map(denialsOfRow)),
      );
    },
  };
}

function denialsOfRow(row: ReadRow): RecordedDenials {
  const { count } = row;
  const isCount = typeof count === 'number';
  return {
    at: instantOf(row, 'at'),
    caller: {
      issuer: columnOf(row, 'callerIssuer'),
      subject: columnOf(row, 'callerSubject'),
      name: optionalColumnOf(row, 'callerName'),
    },
    count: isCount ? count : 1,
    reason: isCount ? null : columnOf(row, 'reason'),
  };
}
