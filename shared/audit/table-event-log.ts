import type { TableClient } from '@azure/data-tables';
import { addSeconds, laterOf } from '../iso-time.ts';
import { columnOf, type ReadRow } from '../tables/columns.ts';
import { scanRows } from '../tables/table-pages.ts';
import { auditReadFailure } from './audit-unavailable.ts';
import type { EventLog, EventPage, EventQuery } from './event-log.ts';
import { timeKey, timeOfKey, type Window } from './event-row-keys.ts';
import { eventFilters, readEvent } from './read-event-rows.ts';

interface TableEventLogOptions {
  /** The audit table, from `auditTableClient`. */
  readonly client: TableClient;
  readonly clock: () => Date;
}

const FIRST_WINDOW_SECONDS = 3600;
/** If a window does not fill the page, the next one is this many times longer: a quiet month takes a handful of scans. */
const GROWTH = 4;

/** Reads the rows of one window; null if they could not all be read. */
type ReadWindow = (query: EventQuery, window: Window) => Promise<readonly ReadRow[] | null>;

/**
 * Returns the events of the audit table. A table can only be read forwards, so a page consists of windows, from the
 * newest backwards, each read completely. A window that the deadline cuts short is left to the next page, which starts
 * again with a short window.
 */
export function tableEventLog({ client, clock }: TableEventLogOptions): EventLog {
  const table = { client, clock, unavailable: auditReadFailure };
  return {
    events: (query, deadline) =>
      readEventPage(query, async (asked, window) => {
        const scans = await Promise.all(
          eventFilters(asked, window).map((filter) => scanRows(table, { filter }, deadline)),
        );
        return scans.every(({ complete }) => complete) ? scans.flatMap(({ rows }) => rows) : null;
      }),
  };
}

/**
 * Reads windows from `query.before` back to `query.since` until the page is full.
 * @throws BrokerError `audit_unavailable` if the first window cannot be read.
 */
export async function readEventPage(query: EventQuery, readWindow: ReadWindow): Promise<EventPage> {
  const rows: ReadRow[] = [];
  let { before } = query;
  for (let seconds = FIRST_WINDOW_SECONDS; rows.length < query.limit; seconds *= GROWTH) {
    const top = timeOfKey(before);
    if (top === null || isAtEnd(before, query)) break;
    const from = laterOf(addSeconds(top, -seconds), query.since);
    const found = await readWindow(query, { from, before });
    if (found === null) {
      if (before === query.before) throw auditReadFailure('no events were read in time');
      break;
    }
    for (const row of [...found].sort(newestFirst)) rows.push(row);
    before = timeKey(from);
  }
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  const isCut = rows.length > page.length && last !== undefined;
  const rest = isAtEnd(before, query) ? null : before;
  return { events: page.map(readEvent), next: isCut ? columnOf(last, 'rowKey') : rest };
}

const isAtEnd = (before: string, { since }: EventQuery): boolean => before <= timeKey(since);

function newestFirst(a: ReadRow, b: ReadRow): number {
  const keyA = columnOf(a, 'rowKey');
  const keyB = columnOf(b, 'rowKey');
  return keyA < keyB ? 1 : keyA > keyB ? -1 : 0;
}
