/** Milliseconds since 1970 of the first occurrence after `after`. */
export type Schedule = (after: number) => number;

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const months = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Reads an NCRONTAB expression (six fields; five start at second 0; UTC; both day fields must fit) or an interval
 * `hh:mm:ss`, in which `%NAME%` stands for a setting. Throws on anything else.
 */
export function parseSchedule(text: string, settings: NodeJS.ProcessEnv): Schedule {
  const resolved = text.replaceAll(/%([^%]+)%/g, (_whole, name: string) => {
    const value = settings[name];
    if (value === undefined) throw new Error(`schedule "${text}": there is no setting "${name}"`);
    return value;
  });
  const interval = /^(\d\d):([0-5]\d):([0-5]\d)$/.exec(resolved.trim());
  if (interval) {
    const length = Number(interval[1]) * hour + Number(interval[2]) * minute + Number(interval[3]) * second;
    if (length > 0) return (after) => after + length;
  }
  const fields = resolved.trim().split(/\s+/);
  if (fields.length === 5) fields.unshift('0');
  const [s, m, h, d, mon, dow] = fields;
  if (fields.length !== 6 || !s || !m || !h || !d || !mon || !dow)
    throw new Error(`"${resolved}" is no schedule`);
  const times = { hours: parseField(h, 0, 23), minutes: parseField(m, 0, 59), seconds: parseField(s, 0, 59) };
  const days = parseField(d, 1, 31);
  const [inMonths, onWeekdays] = [parseField(mon, 1, 12, months), parseField(dow, 0, 6, names)];
  return (after) => {
    // Eight years hold every combination of date and leap day; weekdays may need longer, and then there is none.
    for (let start = Math.floor(after / day) * day, end = start + 8 * 366 * day; start < end; start += day) {
      const date = new Date(start);
      const fits = inMonths.includes(date.getUTCMonth() + 1) && onWeekdays.includes(date.getUTCDay());
      const at = fits && days.includes(date.getUTCDate()) ? firstTime(start, after, times) : undefined;
      if (at !== undefined) return at;
    }
    throw new Error(`schedule "${resolved}" never comes`);
  };
}

function firstTime(
  start: number,
  after: number,
  { hours, minutes, seconds }: { hours: number[]; minutes: number[]; seconds: number[] },
): number | undefined {
  for (const h of hours) {
    if (start + (h + 1) * hour <= after) continue;
    for (const m of minutes) {
      for (const s of seconds) {
        const at = start + h * hour + m * minute + s * second;
        if (at > after) return at;
      }
    }
  }
  return undefined;
}

/** The numbers that a field allows, ascending: lists, ranges, steps, names. */
function parseField(field: string, min: number, max: number, words: string[] = []): number[] {
  const read = (text: string): number => {
    const word = words.indexOf(text.toLowerCase().slice(0, 3));
    const number = /^\d+$/.test(text) ? Number(text) : text === '' ? -1 : word;
    if (number < min || number > max) throw new Error(`"${field}" is not a field from ${min} to ${max}`);
    return number;
  };
  const allowed = new Set<number>();
  for (const item of field.split(',')) {
    const [range = '', step = '1'] = item.split('/');
    const [from = '', to] = range.split('-');
    const first = from === '*' ? min : read(from);
    const last =
      from === '*' || (to === undefined && item.includes('/')) ? max : to === undefined ? first : read(to);
    if (!/^[1-9]\d*$/.test(step)) throw new Error(`"${field}" has a step that is no number`);
    for (let value = first; value <= last; value += Number(step)) allowed.add(value);
  }
  return [...allowed].sort((a, b) => a - b);
}
