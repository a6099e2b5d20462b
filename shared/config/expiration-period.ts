import { durationSeconds } from '../iso-time.ts';

/** `DD.HH:MM:SS`, as Resource Manager and `az storage account show` write a `sasExpirationPeriod`. */
export const EXPIRATION_PERIOD = /^(\d{1,3})\.([01]\d|2[0-3]):([0-5]\d):([0-5]\d)$/;

/** Whole seconds of a `sasExpirationPeriod`, or of a duration in its place; null where it is neither. */
export function periodSeconds(value: string | number): number | null {
  const parts = typeof value === 'string' ? EXPIRATION_PERIOD.exec(value) : null;
  if (parts === null) return durationSeconds(value);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map(Number);
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}
