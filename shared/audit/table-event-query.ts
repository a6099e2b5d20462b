import type { TableClient } from '@azure/data-tables';
import { addSeconds, laterOf } from '../iso-time.ts';
import { tableNotRead } from './audit-unavailable.ts';
import { eventFilters, recordedEvent, timeKey, timeOfKey, type Window } from './event-query-rows.ts';
import type { EventLog, EventPage, EventQuery } from './event-query.ts';
import { columnOf, type ReadRow } from '../tables/columns.ts';
import { scanRows } from '../tables/table-pages.ts';

interface TableEventLogOptions {
  /** Of the audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

const FIRST_WINDOW_SECONDS = 3600;
/** A window that was not full makes the next one this much longer: a quiet month takes a handful of scans. */
const GROWTH = 4;

/** What one window held; null where it could not be read to its end. */
type Read = (query: EventQuery, window: Window) => Promise<readonly ReadRow[] | null>;

/**
 * Events of the audit table. A table reads forwards only, so a page is made of windows from the newest backwards, each
 * read whole; a window that the deadline cuts short is left to the next page, which starts it small again.
 */
export function tableEventLog({ client, clock }: TableEventLogOptions): EventLog {
  const table = { client, clock, unavailable: tableNotRead };
  return {
    events: (query, deadline) => {
      const read: Read = async (asked, window) => {
        const scans = await Promise.all(
          eventFilters(asked, window).map((filter) => scanRows(table, { filter }, deadline)),
        );
        return scans.every(({ complete }) => complete) ? scans.flatMap(({ rows }) => rows) : null;
      };
      return pageOf(query, read);
    },
  };
}

/** Walks windows from `query.before` back to `query.since` until the page is full. */
export async function pageOf(query: EventQuery, read: Read): Promise<EventPage> {
  const rows: ReadRow[] = [];
  let { before } = query;
  for (let seconds = FIRST_WINDOW_SECONDS; rows.length < query.limit; seconds *= GROWTH) {
    const top = timeOfKey(before);
    if (top === null || isWalked(before, query)) break;
    const from = laterOf(addSeconds(top, -seconds), query.since);
    const found = await read(query, { from, before });
    if (found === null) {
      if (before === query.before) throw tableNotRead('not even an hour of events was read in time');
      break;
    }
    rows.push(...[...found].sort(newestFirst));
    before = timeKey(from);
  }
  const fitting = rows.slice(0, query.limit);
  const last = fitting.at(-1);
  const left = rows.length > fitting.length && last !== undefined;
  const further = isWalked(before, query) ? null : before;
  return { events: fitting.map(recordedEvent), next: left ? columnOf(last, 'rowKey') : further };
}

const isWalked = (before: string, { since }: EventQuery): boolean => before <= timeKey(since);

function newestFirst(one: ReadRow, other: ReadRow): number {
  const [a, b] = [columnOf(one, 'rowKey'), columnOf(other, 'rowKey')];
  return a < b ? 1 : a > b ? -1 : 0;
}
