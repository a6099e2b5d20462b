/** An ISO 8601 duration of weeks, or of days, hours, minutes and seconds. */
export const DURATION =
  /^P(?!$)(?:\d{1,6}W|(?:\d{1,6}D)?(?:T(?!$)(?:\d{1,6}H)?(?:\d{1,8}M)?(?:\d{1,9}S)?)?)$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?(?:Z|[+-]\d\d:\d\d)$/;
const UNIT_SECONDS: Readonly<Record<string, number>> = { W: 604_800, D: 86_400, H: 3600, M: 60, S: 1 };

/**
 * Returns the whole seconds of an ISO 8601 duration (`P1D`, `PT15M`) or of a plain number of seconds. Returns null for
 * any other value, including durations that need a calendar (months, years).
 */
export function durationSeconds(value: string | number): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null;
  if (!DURATION.test(value)) return null;
  const parts = [...value.matchAll(/(\d+)([WDHMS])/g)];
  return parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (UNIT_SECONDS[unit] ?? 0), 0);
}

/** Returns the shortest ISO 8601 duration of whole seconds: 900 → `PT15M`, 86400 → `P1D`, 0 → `PT0S`. */
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

/** Reads an ISO 8601 time with an offset, cut to whole seconds as in a SAS. Returns null for any other text. */
export function parseInstant(value: string): Date | null {
  if (!INSTANT.test(value)) return null;
  const time = Date.parse(value);
  return Number.isNaN(time) ? null : wholeSecond(new Date(time));
}

/** Returns the instant cut to its whole second. */
export function wholeSecond(instant: Date): Date {
  return new Date(Math.floor(instant.getTime() / 1000) * 1000);
}

/** Writes an instant to the second, as `st` and `se` carry it: `2026-11-22T15:15:00Z`. */
export function formatInstant(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}

/** Returns the instant `seconds` later. */
export function addSeconds(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() + seconds * 1000);
}

/** Returns the UTC hour as `yyyymmddhh`. The audit table is partitioned by this hour. */
export function hourOf(instant: Date): string {
  return instant.toISOString().slice(0, 13).replace(/[-T]/g, '');
}

/** The later of two instants. */
export const laterOf = (a: Date, b: Date): Date => (a > b ? a : b);
