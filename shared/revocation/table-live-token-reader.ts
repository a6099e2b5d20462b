import type { TableClient } from '@azure/data-tables';
import { auditReadFailure } from '../audit/audit-unavailable.ts';
import { liveRowFilters } from '../audit/live-rows.ts';
import { tokenIdOfRow } from '../audit/row-keys.ts';
import { KEY_NAMES } from '../azure/services.ts';
import { columnOf, instantOf, optionalColumnOf, type ReadRow } from '../tables/columns.ts';
import { readPages } from '../tables/table-pages.ts';
import type { LiveToken, LiveTokenReader } from './live-token.ts';

interface TableLiveTokenReaderOptions {
  /** A client of the audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

const COLUMNS = [
  'partitionKey',
  'rowKey',
  'issuedAt',
  'expiresAt',
  'callerIssuer',
  'callerSubject',
  'keyName',
  'delegationStartsAt',
];

/** Lists live tokens from the audit table, one range per shard. */
export function tableLiveTokenReader({ client, clock }: TableLiveTokenReaderOptions): LiveTokenReader {
  const table = { client, clock, unavailable: auditReadFailure };
  return {
    async list(account, { issuedSince, now, deadline }) {
      const scans = await Promise.all(
        liveRowFilters({ account, expiresAfter: now, issuedSince }).map(async (filter) => {
          const query = { filter, columns: COLUMNS };
          const tokens: LiveToken[] = [];
          // Each page is reduced to its tokens at once, because the rows are several times as large.
          const end = await readPages(table, query, deadline, (rows) => tokens.push(...rows.map(liveToken)));
          return { tokens, ...end };
        }),
      );
      const cut = scans.filter(({ rest }) => rest !== null);
      if (cut.length === scans.length) throw auditReadFailure(cut[0]?.fault ?? 'deadline passed');
      return { tokens: scans.flatMap(({ tokens }) => tokens), scannedAll: cut.length === 0 };
    },
  };
}

function liveToken(row: ReadRow): LiveToken {
  return {
    id: tokenIdOfRow(row),
    issuedAt: instantOf(row, 'issuedAt'),
    expiresAt: instantOf(row, 'expiresAt'),
    caller: { issuer: columnOf(row, 'callerIssuer'), subject: columnOf(row, 'callerSubject') },
    signedWith:
      optionalColumnOf(row, 'delegationStartsAt') === null
        ? { key: KEY_NAMES.find((name) => name === row['keyName']) ?? null }
        : { delegationKeyStartsAt: instantOf(row, 'delegationStartsAt') },
  };
}
