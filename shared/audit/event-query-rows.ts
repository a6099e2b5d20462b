import { hourOf } from '../iso-time.ts';
import type { EventQuery, RecordedEvent } from './event-query.ts';
import { quote } from '../tables/odata.ts';
import { denialPartitions } from './shard-ranges.ts';
import { columnOf, instantOf, optional, type ReadRow } from '../tables/columns.ts';

export const DENIAL = 'denial';

const ROW_KEY = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z(?:-[a-z2-7]{8})?$/;

/** `20261122T150000123Z`: what the row keys of events at an instant begin with; they sort by time. */
export const timeKey = (at: Date): string => at.toISOString().replace(/[-:.]/g, '');

/** The instant that a row key (or `timeKey`) begins with; null for any other text. */
export function timeOfKey(key: string): Date | null {
  const [, year, month, day, hour, minute, second, milliseconds] = ROW_KEY.exec(key) ?? [];
  const instant = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`);
  // V8 takes 30 February for 2 March, so the text must come back unchanged.
  return Number.isNaN(instant.getTime()) || !key.startsWith(timeKey(instant)) ? null : instant;
}

/** Row keys from `from` on, and below `before`. */
export interface Window {
  readonly from: Date;
  readonly before: string;
}

/** OData filters that together match every row of the window that the query asks for, each row once. */
export function eventFilters({ type, account }: EventQuery, window: Window): string[] {
  const administrative = [
    ...(type === null ? [] : [`type eq ${quote(type)}`]),
    ...(account === null ? [] : [`account eq ${quote(account)}`]),
  ];
  // "0" is the character after "/".
  const denied =
    account === null ? [] : [`resource ge ${quote(`${account}/`)}`, `resource lt ${quote(`${account}0`)}`];
  return [
    ...(type === DENIAL ? [] : [eventFilter(window, administrative)]),
    ...(type === null || type === DENIAL ? denialFilters(window, denied) : []),
  ];
}

function eventFilter(window: Window, conditions: readonly string[]): string {
  const [from, to] = hoursOf(window);
  const partitions = `PartitionKey ge 'e-${from.slice(0, 8)}' and PartitionKey le 'e-${to.slice(0, 8)}'`;
  return filterOf(partitions, window, conditions);
}

function denialFilters(window: Window, conditions: readonly string[]): string[] {
  const [from, to] = hoursOf(window);
  return denialPartitions(from, to).map((partitions) => filterOf(partitions, window, conditions));
}

function hoursOf({ from, before }: Window): [string, string] {
  return [hourOf(from), hourOf(timeOfKey(before) ?? from)];
}

function filterOf(partitions: string, { from, before }: Window, conditions: readonly string[]): string {
  return [partitions, `RowKey ge '${timeKey(from)}' and RowKey lt '${before}'`, ...conditions].join(' and ');
}

/** The event that a row tells of. @throws BrokerError `internal` where it is no such row. */
export function recordedEvent(row: ReadRow): RecordedEvent {
  const id = `${columnOf(row, 'partitionKey')}-${columnOf(row, 'rowKey')}`;
  const at = instantOf(row, 'at');
  if (id.startsWith('d-')) return { id, at, ...denialOf(row) };
  return {
    ...{ id, at, type: columnOf(row, 'type'), account: optional(row, 'account') },
    ...{ actor: columnOf(row, 'actor'), detail: columnOf(row, 'detail') },
  };
}

function denialOf(row: ReadRow): Omit<RecordedEvent, 'id' | 'at'> {
  const resource = optional(row, 'resource');
  const permissions = optional(row, 'permissions');
  const { count } = row;
  const asked = resource === null ? '' : ` (${permissions ?? 'no'} permissions on ${resource})`;
  return {
    type: DENIAL,
    account: resource?.split('/')[0] ?? null,
    actor: `${columnOf(row, 'callerIssuer')}/${columnOf(row, 'callerSubject')}`,
    detail:
      typeof count === 'number'
        ? `${count} further denials in the minute that starts at this time`
        : `${columnOf(row, 'reason')}${asked}`,
  };
}
