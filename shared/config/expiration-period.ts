import { durationSeconds } from '../iso-time.ts';

/** The form of a `sasExpirationPeriod` in Resource Manager and `az storage account show`: `DD.HH:MM:SS`. */
export const EXPIRATION_PERIOD = /^(\d{1,3})\.([01]\d|2[0-3]):([0-5]\d):([0-5]\d)$/;

/** Returns the whole seconds of a `sasExpirationPeriod` or of a duration; null if the value is neither. */
export function periodSeconds(value: string | number): number | null {
  const parts = typeof value === 'string' ? EXPIRATION_PERIOD.exec(value) : null;
  if (parts === null) return durationSeconds(value);
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map(Number);
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}
