/** Returns the first occurrence after `after`. Both are in milliseconds since 1970. */
export type Schedule = (after: number) => number;

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Eight years contain every day of the year, even February 29 across a century that is not a leap year. */
const searchMs = 8 * 366 * dayMs;
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const months = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Parses an NCRONTAB expression or an interval `hh:mm:ss`. An expression is in UTC and has six fields, or five to start
 * at second 0; an occurrence must match both day fields. `%NAME%` is replaced by that setting. Throws on anything else.
 */
export function parseSchedule(text: string, settings: NodeJS.ProcessEnv): Schedule {
  const resolved = text.replaceAll(/%([^%]+)%/g, (_match, name: string) => {
    const value = settings[name];
    if (value === undefined) throw new Error(`schedule "${text}": the setting "${name}" does not exist`);
    return value;
  });
  return parseInterval(resolved) ?? parseExpression(resolved);
}

function parseInterval(text: string): Schedule | undefined {
  const [interval, hours, minutes, seconds] = /^(\d\d):([0-5]\d):([0-5]\d)$/.exec(text.trim()) ?? [];
  if (interval === undefined) return undefined;
  const intervalMs = Number(hours) * hourMs + Number(minutes) * minuteMs + Number(seconds) * secondMs;
  return intervalMs > 0 ? (after) => after + intervalMs : undefined;
}

function parseExpression(text: string): Schedule {
  const fields = text.trim().split(/\s+/);
  if (fields.length === 5) fields.unshift('0');
  const [second, minute, hour, day, month, weekday] = fields;
  if (fields.length !== 6 || !second || !minute || !hour || !day || !month || !weekday)
    throw new Error(`schedule "${text}" must be an NCRONTAB expression or an interval hh:mm:ss`);
  const times = {
    hours: parseField(hour, 0, 23),
    minutes: parseField(minute, 0, 59),
    seconds: parseField(second, 0, 59),
  };
  const allowedDays = parseField(day, 1, 31);
  const allowedMonths = parseField(month, 1, 12, months);
  const allowedWeekdays = parseField(weekday, 0, 6, weekdays);
  return (after) => {
    const firstDay = Math.floor(after / dayMs) * dayMs;
    for (let start = firstDay; start < firstDay + searchMs; start += dayMs) {
      const date = new Date(start);
      const isAllowed =
        allowedMonths.includes(date.getUTCMonth() + 1) &&
        allowedWeekdays.includes(date.getUTCDay()) &&
        allowedDays.includes(date.getUTCDate());
      const occurrence = isAllowed ? findTime(start, after, times) : undefined;
      if (occurrence !== undefined) return occurrence;
    }
    throw new Error(`schedule "${text}" has no occurrence within eight years`);
  };
}

/** Returns the first of `times` on the day that begins at `start` and after `after`, in milliseconds since 1970. */
function findTime(
  start: number,
  after: number,
  { hours, minutes, seconds }: { hours: number[]; minutes: number[]; seconds: number[] },
): number | undefined {
  for (const hour of hours) {
    if (start + (hour + 1) * hourMs <= after) continue;
    for (const minute of minutes) {
      for (const second of seconds) {
        const time = start + hour * hourMs + minute * minuteMs + second * secondMs;
        if (time > after) return time;
      }
    }
  }
  return undefined;
}

/** Returns the numbers that a field allows, in ascending order. Supports lists, ranges, steps and names. */
function parseField(field: string, min: number, max: number, names: string[] = []): number[] {
  const parseValue = (text: string): number => {
    const index = names.indexOf(text.toLowerCase().slice(0, 3));
    const value = /^\d+$/.test(text) ? Number(text) : text === '' ? -1 : index;
    if (value < min || value > max)
      throw new Error(`schedule field "${field}" must have values from ${min} to ${max}`);
    return value;
  };
  const allowed = new Set<number>();
  for (const item of field.split(',')) {
    const [range = '', step = '1'] = item.split('/');
    const [from = '', to] = range.split('-');
    const first = from === '*' ? min : parseValue(from);
    const isOpenEnded = from === '*' || (to === undefined && item.includes('/'));
    const last = isOpenEnded ? max : to === undefined ? first : parseValue(to);
    if (!/^[1-9]\d*$/.test(step))
      throw new Error(`schedule field "${field}" must have a positive whole number as its step`);
    for (let value = first; value <= last; value += Number(step)) allowed.add(value);
  }
  return [...allowed].sort((a, b) => a - b);
}
