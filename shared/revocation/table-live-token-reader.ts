import type { TableClient } from '@azure/data-tables';
import { auditReadFailure } from '../audit/audit-unavailable.ts';
import { liveRowFilters } from '../audit/live-rows.ts';
import { tokenIdOfRow } from '../audit/row-keys.ts';
import { MORTAL_COLUMNS, readMortalToken } from '../deaths/mortal-token.ts';
import { columnOf, optionalColumnOf, type ReadRow } from '../tables/columns.ts';
import { readPages } from '../tables/table-pages.ts';
import type { LiveToken, LiveTokenReader } from './live-token.ts';

interface TableLiveTokenReaderOptions {
  /** A client of the audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

const MAX_PAGES = 60;

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
export function tableLiveTokenReader({ client, clock }: TableLiveTokenReaderOptions): LiveTokenReader {
  const table = { client, clock, unavailable: auditReadFailure };
  return {
    async scan({ account, expiresAfter, issuedSince, deadline }, take) {
      let pages = 0;
      let read = 0;
      const mayRead = (): boolean => pages++ < MAX_PAGES;
      const ends = await Promise.all(
        liveRowFilters({ account, expiresAfter, issuedSince }).map((filter) =>
          readPages(table, { filter, columns: COLUMNS, mayRead }, deadline, (rows) => {
            read += 1;
            take(rows.map(liveToken));
          }),
        ),
      );
      const cut = ends.filter(({ rest }) => rest !== null);
      if (read === 0) throw auditReadFailure(cut[0]?.fault ?? 'deadline passed');
      return { scannedAll: cut.length === 0 };
    },
  };
}

function liveToken(row: ReadRow): LiveToken {
  return {
    ...readMortalToken(row),
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
