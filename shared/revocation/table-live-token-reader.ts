import type { TableClient } from '@azure/data-tables';
import { auditReadFailure } from '../audit/audit-unavailable.ts';
import { liveRowFilters } from '../audit/live-rows.ts';
import { tokenIdOfRow } from '../audit/row-keys.ts';
import { scanRanges } from '../audit/scan-ranges.ts';
import { MORTAL_COLUMNS, readMortalToken } from '../deaths/mortal-token.ts';
import { columnOf, optionalColumnOf, type ReadRow } from '../tables/columns.ts';
import type { PageTurns } from '../azure-calls/page-turns.ts';
import type { LiveToken, LiveTokenReader } from './live-token.ts';

interface TableLiveTokenReaderOptions {
  /** A client of the audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly clock: () => Date;
  /** Shared by every scan of this instance. */
  readonly turns?: PageTurns;
}

const COLUMNS = [
  'partitionKey',
  'rowKey',
  ...MORTAL_COLUMNS,
  'account',
  'grant',
  'callerIssuer',
  'callerSubject',
  'callerName',
  'delegationObjectId',
];

/** Reads live tokens from the audit table, one range per shard, at most 60 pages of 1,000 rows in one scan. */
export function tableLiveTokenReader({ client, clock, turns }: TableLiveTokenReaderOptions): LiveTokenReader {
  const table = { client, clock, unavailable: auditReadFailure, turns };
  return {
    scan({ account, expiresAfter, issuedSince, deadline }, take) {
      const filters = liveRowFilters({ account, expiresAfter, issuedSince });
      return scanRanges(table, { filters, columns: COLUMNS }, deadline, (rows) => take(rows.map(liveToken)));
    },
  };
}

/** Names each member: a spread would take half of the time that a scan computes. */
function liveToken(row: ReadRow): LiveToken {
  const { issuedAt, expiresAt, services, place, policy, signedWith } = readMortalToken(row);
  return {
    issuedAt,
    expiresAt,
    services,
    place,
    policy,
    signedWith,
    id: tokenIdOfRow(row),
    account: columnOf(row, 'account'),
    grant: columnOf(row, 'grant'),
    caller: {
      issuer: columnOf(row, 'callerIssuer'),
      subject: columnOf(row, 'callerSubject'),
      name: optionalColumnOf(row, 'callerName'),
    },
    delegator: optionalColumnOf(row, 'delegationObjectId'),
  };
}
