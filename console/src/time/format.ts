export type Zone = 'utc' | 'local';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

function parts(at: Date, zone: Zone): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  });
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}

/** `15:04`, or `15:04:32` with seconds. */
export function clockText(at: Date, zone: Zone, { seconds = false } = {}): string {
  const { hour, minute, second } = parts(at, zone) as { hour: string; minute: string; second: string };
  return seconds ? `${hour}:${minute}:${second}` : `${hour}:${minute}`;
}

/** `27 Nov`; with the year if it is not that of `now`. */
export function dayText(at: Date, zone: Zone, now: Date): string {
  const { day, month, year } = parts(at, zone) as { day: string; month: string; year: string };
  return year === parts(now, zone)['year'] ? `${day} ${month}` : `${day} ${month} ${year}`;
}

/** `15:04` for an instant of the same day, otherwise `27 Nov, 15:04`. */
export function shortText(at: Date, zone: Zone, now: Date): string {
  const day = dayText(at, zone, now);
  return day === dayText(now, zone, now) ? clockText(at, zone) : `${day}, ${clockText(at, zone)}`;
}

/** `27 Nov 2026, 15:04:32 UTC`; for a tooltip, in the other zone than the one on the page. */
export function fullText(at: Date, zone: Zone): string {
  const { day, month, year } = parts(at, zone) as { day: string; month: string; year: string };
  return `${day} ${month} ${year}, ${clockText(at, zone, { seconds: true })} ${zoneText(zone)}`;
}

export const zoneText = (zone: Zone): string => (zone === 'utc' ? 'UTC' : 'local time');

/** A length of time in words, at most two units: `41 min`, `2 d 4 h`, `20 s`. Cuts what is smaller. */
export function lengthText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  const [large, largeUnit, small, smallUnit] =
    whole < DAY ? ([HOUR, 'h', MINUTE, 'min'] as const) : ([DAY, 'd', HOUR, 'h'] as const);
  const rest = Math.floor((whole % large) / small);
  return `${Math.floor(whole / large)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}

/** A length of time in its largest unit alone: `28 d`, `5 h`. */
export const roughText = (seconds: number): string => lengthText(seconds).split(' ').slice(0, 2).join(' ');

/** Relative within an hour (`in 41 min`, `12 s ago`), otherwise as `shortText`. */
export function nearText(at: Date, zone: Zone, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) >= HOUR) return shortText(at, zone, now);
  return seconds >= 0 ? `in ${lengthText(seconds)}` : `${lengthText(-seconds)} ago`;
}

/** Reads an ISO 8601 duration of days, hours, minutes and seconds, as the broker writes it; null for anything else. */
export function durationSeconds(text: string): number | null {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  if (match === null || text === 'P' || text.endsWith('T')) return null;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return Number(days) * DAY + Number(hours) * HOUR + Number(minutes) * MINUTE + Number(seconds);
}

/** A duration for people: `PT1H` → `1 h`. Text that is not one stays as it is. */
export function durationText(text: string): string {
  const seconds = durationSeconds(text);
  return seconds === null ? text : lengthText(seconds);
}
