import { hourOf } from '../iso-time.ts';
import { startOfHour } from './row-keys.ts';

/** The first and the last hour in which a token can expire. */
export const FIRST_HOUR = '1970010100';
export const LAST_HOUR = '9998123123';

const HOUR_MS = 3_600_000;

/** Returns the hour in the key of a token's partition, `t-<shard>-<yyyymmddhh>`. */
export function hourOfPartition(partitionKey: string): string {
  return partitionKey.slice(partitionKey.lastIndexOf('-') + 1);
}

/** Returns the hour `count` hours later, or earlier if it is negative. @throws RangeError for a text that is not an hour. */
export function addHours(hour: string, count: number): string {
  return hourOf(new Date(instantOf(hour) + count * HOUR_MS));
}

function instantOf(hour: string): number {
  const start = startOfHour(hour);
  if (start === null) throw new RangeError('Hours are yyyymmddhh');
  return start.getTime();
}

/** Returns how many hours two hours are apart. @throws RangeError for a text that is not an hour. */
export function hoursBetween(a: string, b: string): number {
  return Math.abs(instantOf(b) - instantOf(a)) / HOUR_MS;
}

/** The later of two hours. */
export const laterHour = (a: string, b: string): string => (a > b ? a : b);
