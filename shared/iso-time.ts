/** An ISO 8601 duration of weeks, or of days, hours, minutes and seconds. */
export const DURATION =
  /^P(?!$)(?:\d{1,6}W|(?:\d{1,6}D)?(?:T(?!$)(?:\d{1,6}H)?(?:\d{1,8}M)?(?:\d{1,9}S)?)?)$/;
const INSTANT =
  /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
/**
 * The instants that the broker works with. Four digits hold the year, also after a year is added; earlier times have no
 * use.
 */
export const EARLIEST_INSTANT = new Date('1970-01-01T00:00:00Z');
export const LATEST_INSTANT = new Date('9998-12-31T23:59:59Z');
/** The longest duration that `DURATION` can write in weeks. Added to an instant, it is still a date. */
const MAX_DURATION_SECONDS = 999_999 * 604_800;
const UNIT_SECONDS: Readonly<Record<string, number>> = { W: 604_800, D: 86_400, H: 3600, M: 60, S: 1 };

/**
 * Returns the whole seconds of an ISO 8601 duration (`P1D`, `PT15M`) or of a plain number of seconds. Returns null for
 * any other value, including durations that need a calendar (months, years), and numbers that no date can hold.
 */
export function durationSeconds(value: string | number): number | null {
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 0 && value <= MAX_DURATION_SECONDS ? value : null;
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

/**
 * Reads an ISO 8601 time with an offset, cut to whole seconds as in a SAS: fractions of any length are accepted, because
 * Go and Rust write nine digits. Returns null for any other text, for days that do not exist, and for instants that are
 * not between `EARLIEST_INSTANT` and `LATEST_INSTANT`.
 */
export function parseInstant(value: string): Date | null {
  const day = INSTANT.exec(value)?.[1];
  if (day === undefined || !isDay(day)) return null;
  const instant = new Date(value.replace(/\.\d+/, ''));
  return isWithinRange(instant) ? instant : null;
}

/** True if the instant is between `EARLIEST_INSTANT` and `LATEST_INSTANT`. */
export function isWithinRange(instant: Date): boolean {
  return instant >= EARLIEST_INSTANT && instant <= LATEST_INSTANT;
}

/** True if the calendar has the day `yyyy-mm-dd`. V8 reads 31 February as 3 March, so the text must come back unchanged. */
function isDay(day: string): boolean {
  const start = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(start.getTime()) && start.toISOString().startsWith(day);
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
  const text = instant.toISOString();
  return `${text.slice(0, 4)}${text.slice(5, 7)}${text.slice(8, 10)}${text.slice(11, 13)}`;
}

/** The earlier of two instants. */
export const earlierOf = (a: Date, b: Date): Date => (a < b ? a : b);

/** The later of two instants. */
export const laterOf = (a: Date, b: Date): Date => (a > b ? a : b);
