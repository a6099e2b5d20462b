import type { TableClient } from '@azure/data-tables';
import { tableNotRead } from '../audit/audit-unavailable.ts';
import { readPages } from '../audit/table-pages.ts';
import { columnOf, instantOf, optional, type ReadRow } from '../audit/table-row.ts';
import { KEY_NAMES } from '../azure-storage.ts';
import { formatInstant } from '../iso-time.ts';
import { liveRanges } from '../rotation/table-live-tokens.ts';
import type { LiveToken, LiveTokenList } from './live-token.ts';

interface TableLiveTokenListOptions {
  /** Of the audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly now: () => Date;
}

const COLUMNS = [
  ...['partitionKey', 'rowKey', 'issuedAt', 'expiresAt', 'callerIssuer', 'callerSubject'],
  ...['keyName', 'delegationStartsAt'],
];

type Range = Parameters<LiveTokenList['of']>[1];

/** Live tokens in the audit table, one range a shard. */
export function tableLiveTokenList({ client, now }: TableLiveTokenListOptions): LiveTokenList {
  return {
    async of(account, range) {
      const { deadline } = range;
      const scans = await Promise.all(
        liveRanges(range.now).map(async (partitions) => {
          const query = { filter: `${partitions} and ${liveRows(account, range)}`, columns: COLUMNS };
          const tokens: LiveToken[] = [];
          // Page by page: the rows, several times as large, are not kept.
          const end = await readPages(client, query, { deadline, now }, (rows) =>
            tokens.push(...rows.map(liveToken)),
          );
          return { tokens, ...end };
        }),
      );
      const cut = scans.filter(({ rest }) => rest !== null);
      if (cut.length === scans.length) throw tableNotRead(cut[0]?.fault ?? 'deadline passed');
      return { tokens: scans.flatMap(({ tokens }) => tokens), scannedAll: cut.length === 0 };
    },
  };
}

/** Rows that say more of a token have no account, so they stay out. */
function liveRows(account: string, { issuedSince, now }: Range): string {
  const conditions = [
    `account eq '${account.replaceAll("'", "''")}'`,
    `expiresAt gt '${formatInstant(now)}'`,
    // Rows hold whole seconds, cut down; so is this bound.
    ...(issuedSince === null ? [] : [`issuedAt ge '${formatInstant(issuedSince)}'`]),
  ];
  return conditions.join(' and ');
}

function liveToken(row: ReadRow): LiveToken {
  return {
    id: `${columnOf(row, 'partitionKey').replace(/^t-/, '')}-${columnOf(row, 'rowKey')}`,
    issuedAt: instantOf(row, 'issuedAt'),
    expiresAt: instantOf(row, 'expiresAt'),
    caller: { issuer: columnOf(row, 'callerIssuer'), subject: columnOf(row, 'callerSubject') },
    signedWith:
      optional(row, 'delegationStartsAt') === null
        ? { key: KEY_NAMES.find((name) => name === row['keyName']) ?? null }
        : { delegationKeyStartsAt: instantOf(row, 'delegationStartsAt') },
  };
}
