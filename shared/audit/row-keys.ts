import { hash } from 'node:crypto';
import { hourOf } from '../iso-time.ts';
import { columnOf, type ReadRow } from '../tables/columns.ts';
import type { RowKeys } from './audit-record.ts';

/** Number of shards that instances pick from. It may only grow, because rows of an old shard must still be found. */
export const SHARDS = 8;

/** Number of random bytes that `randomSuffix` needs: 40 bits are 8 characters of base32. */
export const SUFFIX_BYTES = 5;

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const TOKEN_ID = /^(0|[1-9]\d{0,2})-(\d{10})-([0-9a-f]{64})-([a-z2-7]{8})$/;
const HOUR = /^(\d{4})(\d\d)(\d\d)(\d\d)$/;

/** Returns the partition key of tokens, `t-<shard>-<yyyymmddhh>`. */
export const partitionKey = ({ shard, hour }: Pick<RowKeys, 'shard' | 'hour'>): string =>
  `t-${shard}-${hour}`;

/** Returns the row key of an issuance, `<fingerprint>-<suffix>`. */
export const rowKey = ({ fingerprint, suffix }: RowKeys): string => `${fingerprint}-${suffix}`;

/** Returns the API's id of a token, both keys in one text: `<shard>-<yyyymmddhh>-<fingerprint>-<suffix>`. */
export const tokenId = (key: RowKeys): string => `${key.shard}-${key.hour}-${rowKey(key)}`;

/** Reads the keys from an id that `tokenId` made; null for any other text, however similar. */
export function parseTokenId(text: string): RowKeys | null {
  const [, shard, hour = '', fingerprint = '', suffix = ''] = TOKEN_ID.exec(text) ?? [];
  return startOfHour(hour) === null ? null : { shard: Number(shard), hour, fingerprint, suffix };
}

/** Returns the API's id of the token whose row this is. @throws BrokerError `internal` if the row has no keys. */
export function tokenIdOfRow(row: ReadRow): string {
  return `${columnOf(row, 'partitionKey').replace(/^t-/, '')}-${columnOf(row, 'rowKey')}`;
}

/** Returns true for a token's own row, and false for an add-on row such as `<RowKey>~completed`. */
export function isTokenRow(row: ReadRow): boolean {
  return !columnOf(row, 'rowKey').includes('~');
}

/** Returns the keys of an issuance. `suffix` is from `randomSuffix`, `fingerprint` from `fingerprintOf`. */
export function newRowKeys(parts: {
  readonly shard: number;
  readonly expiresAt: Date;
  readonly fingerprint: string;
  readonly suffix: string;
}): RowKeys {
  const { shard, expiresAt, fingerprint, suffix } = parts;
  return { shard, hour: hourOf(expiresAt), fingerprint, suffix };
}

/** Returns the lower-case hex SHA-256 of a token's `sig`, URL-decoded as `URLSearchParams` returns it. */
export function fingerprintOf(sig: string): string {
  return hash('sha256', sig, 'hex');
}

/**
 * Returns `SUFFIX_BYTES` random bytes as 8 characters of lower-case base32.
 * @throws RangeError for any other number of bytes.
 */
export function randomSuffix(bytes: Uint8Array): string {
  if (bytes.length !== SUFFIX_BYTES) throw new RangeError(`A suffix needs ${SUFFIX_BYTES} random bytes`);
  let number = 0;
  for (const byte of bytes) number = number * 256 + byte;
  let suffix = '';
  for (let digit = 0; digit < 8; digit += 1) {
    suffix = `${BASE32.charAt(number % 32)}${suffix}`;
    number = Math.floor(number / 32);
  }
  return suffix;
}

/** Returns the first instant of a `yyyymmddhh` hour; null if the calendar has no such hour. */
export function startOfHour(hour: string): Date | null {
  const [, year, month, day, hours] = HOUR.exec(hour) ?? [];
  const start = new Date(`${year}-${month}-${day}T${hours}:00:00Z`);
  // V8 reads 30 February as 2 March, so the text must come back unchanged.
  return Number.isNaN(start.getTime()) || hourOf(start) !== hour ? null : start;
}
