import { startOfHour } from './row-keys.ts';

/** Number of random bytes that `correlationId` needs. */
export const CORRELATION_BYTES = 9;

const CORRELATION_ID = /^(\d{8})-(\d\d)[0-9a-f]{2}-8(\d{3})-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/**
 * Returns the `scid` of a token: a UUID version 8 (RFC 9562) that shows the shard and hour of its audit row in decimal,
 * `yyyymmdd-hhRR-8sss-VRRR-RRRRRRRRRRRR` (R random, V variant and random), so a storage log line leads to its partition.
 * @param parts `hour` as `yyyymmddhh`, `shard` below 1,000.
 * @throws RangeError if a part is out of range.
 */
export function correlationId(parts: {
  readonly shard: number;
  readonly hour: string;
  readonly random: Uint8Array;
}): string {
  const { shard, hour, random } = parts;
  if (random.length !== CORRELATION_BYTES)
    throw new RangeError(`A correlation id needs ${CORRELATION_BYTES} random bytes`);
  if (!isHour(hour) || !Number.isInteger(shard) || shard < 0 || shard > 999)
    throw new RangeError('A correlation id needs an hour of the calendar and a shard below 1000');
  const [first = 0, variant = 0, ...rest] = random;
  const low = hex([(variant & 0x3f) | 0x80, ...rest]);
  return [
    hour.slice(0, 8),
    `${hour.slice(8)}${hex([first])}`,
    `8${String(shard).padStart(3, '0')}`,
    low.slice(0, 4),
    low.slice(4),
  ].join('-');
}

/** Returns the shard and hour in a correlation id of the broker; null for any other text. Case does not matter. */
export function parseCorrelationId(uuid: string): { readonly shard: number; readonly hour: string } | null {
  const [, date, hours, shard] = CORRELATION_ID.exec(uuid) ?? [];
  const hour = `${date}${hours}`;
  return startOfHour(hour) === null ? null : { shard: Number(shard), hour };
}

/** The hour that was found in the calendar last: most tokens of a moment expire in one hour. */
let knownHour = '';

function isHour(hour: string): boolean {
  if (hour !== knownHour && startOfHour(hour) === null) return false;
  knownHour = hour;
  return true;
}

const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString('hex');
