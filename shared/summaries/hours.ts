import { formatInstant } from '../iso-time.ts';

const HOUR_MS = 3_600_000;

/** Returns how many hours after the hour of `first` the hour of `at` is; negative if it is earlier. */
export function hoursBetween(first: Date, at: Date): number {
  return Math.floor(at.getTime() / HOUR_MS) - Math.floor(first.getTime() / HOUR_MS);
}

/** Returns the start of the hour that is `index` hours after the hour of `first`, to the second. */
export function formatHour(first: Date, index: number): string {
  return formatInstant(new Date((Math.floor(first.getTime() / HOUR_MS) + index) * HOUR_MS));
}
