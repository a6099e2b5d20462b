const DURATION = /^P(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?)$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Whole seconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds (`P1D`, `PT15M`), or of a
 * plain number of seconds. Null where it is neither, or where a calendar would be needed (months, years).
 */
export function durationSeconds(value: string | number): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null;
  const match = DURATION.exec(value);
  if (match === null || value.endsWith('P') || value.endsWith('T')) return null;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  return ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds;
}

/** The shortest ISO 8601 duration of whole seconds: 900 → `PT15M`, 86400 → `P1D`, 0 → `PT0S`. */
export function formatDuration(totalSeconds: number): string {
  const days = Math.floor(totalSeconds / 86_400);
  const parts = [
    [Math.floor((totalSeconds % 86_400) / 3600), 'H'],
    [Math.floor((totalSeconds % 3600) / 60), 'M'],
    [totalSeconds % 60, 'S'],
  ] as const;
  const time = parts.map(([amount, unit]) => (amount > 0 ? `${amount}${unit}` : '')).join('');
  if (days === 0 && time === '') return 'PT0S';
  return `P${days > 0 ? `${days}D` : ''}${time === '' ? '' : `T${time}`}`;
}

/** An instant of an ISO 8601 text with an offset, cut to whole seconds as SAS times are; null where it is not one. */
export function parseInstant(value: string): Date | null {
  if (!INSTANT.test(value)) return null;
  const time = Date.parse(value);
  return Number.isNaN(time) ? null : wholeSecond(new Date(time));
}

/** The instant cut down to its whole second. */
export function wholeSecond(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / 1000) * 1000);
}

/** `2026-11-22T15:15:00Z`: to the second, as `st` and `se` carry it. */
export function formatInstant(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}

/** The instant `seconds` later. */
export function addSeconds(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() + seconds * 1000);
}

/** The UTC hour as `yyyymmddhh`, the unit that the audit table is partitioned by. */
export function hourOf(instant: Date): string {
  return instant.toISOString().slice(0, 13).replace(/[-T]/g, '');
}

/** The later of two instants. */
export const laterOf = (a: Date, b: Date): Date => (a > b ? a : b);
