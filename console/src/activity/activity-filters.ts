import { EVENT_CHIPS, type EventChip } from './event-words.ts';

/** The filters of the activity list, as the address holds them. */
export interface ActivityFilters {
  readonly type: EventChip;
  readonly account: string | null;
  /** Instants in ISO 8601; null: the broker's own range, the last 30 days. */
  readonly since: string | null;
  readonly until: string | null;
}

const HOUR_MS = 3_600_000;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const ACCOUNT = /^[a-z0-9]{3,24}$/;

/** Reads the filters of an address. Anything that the API would refuse is left out. */
export function activityFilters(parameters: Readonly<Record<string, string | undefined>>): ActivityFilters {
  const { type, account, since, until } = parameters;
  const instant = (text: string | undefined) =>
    text !== undefined && INSTANT.test(text) && !Number.isNaN(Date.parse(text)) ? text : null;
  const range = { since: instant(since), until: instant(until) };
  const isOrdered = range.since === null || range.until === null || range.since < range.until;
  return {
    type: EVENT_CHIPS.find(({ id }) => id === type)?.id ?? 'all',
    account: account !== undefined && ACCOUNT.test(account) ? account : null,
    ...(isOrdered ? range : { since: null, until: null }),
  };
}

/** Returns the parameters of the address for these filters. */
export function activityParameters({ type, account, since, until }: ActivityFilters) {
  return {
    ...(type === 'all' ? {} : { type }),
    ...(account === null ? {} : { account }),
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
  };
}

/** Returns the query of `GET /events`. */
export function eventQuery(filters: ActivityFilters, cursor: string | null, limit = 100): URLSearchParams {
  const type = EVENT_CHIPS.find(({ id }) => id === filters.type)?.type ?? null;
  const { account, since, until } = filters;
  const query = new URLSearchParams({ limit: String(limit) });
  for (const [name, value] of Object.entries({ type, account, since, until, cursor }))
    if (value !== null) query.set(name, value);
  return query;
}

/** The ranges that can be picked, by how many hours they go back. */
export const RANGES = [
  { id: '', label: 'last 30 days', hours: null },
  { id: '168', label: 'last 7 days', hours: 168 },
  { id: '24', label: 'last 24 hours', hours: 24 },
] as const;

/** Returns the instant that many hours ago, at the start of its hour. @param now in milliseconds. */
export function hoursAgo(hours: number, now: number): string {
  const hour = Math.floor(now / HOUR_MS) * HOUR_MS;
  return `${new Date(hour - (hours - 1) * HOUR_MS).toISOString().slice(0, 19)}Z`;
}

/** Returns the hour that starts at an instant, as a range. */
export function hourRange(start: string): { since: string; until: string } {
  const until = new Date(Date.parse(start) + HOUR_MS).toISOString();
  return { since: start, until: `${until.slice(0, 19)}Z` };
}
