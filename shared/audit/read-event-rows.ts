import { KEY_NAMES } from '../azure/services.ts';
import { columnOf, instantOf, optionalColumnOf, type ReadRow } from '../tables/columns.ts';
import { quote } from '../tables/odata.ts';
import type { EventQuery, RecordedEvent } from './event-log.ts';
import { denialRanges, eventRange, isDenialPartition, type Window } from './event-row-keys.ts';

/** The type of event that a denial is read as. */
const DENIAL = 'denial';

/** Returns OData filters that together match every row of the window that the query asks for, each row once. */
export function eventFilters({ type, account }: EventQuery, window: Window): string[] {
  const administrative = [
    ...typeConditions(type),
    ...(account === null ? [] : [`account eq ${quote(account)}`]),
  ];
  // "0" is the character after "/".
  const denied =
    account === null ? [] : [`resource ge ${quote(`${account}/`)}`, `resource lt ${quote(`${account}0`)}`];
  const wantsEvents = type !== DENIAL;
  const wantsDenials = type === null || type === DENIAL || isBeginning(type, DENIAL);
  return [
    ...(wantsEvents ? [[eventRange(window), ...administrative].join(' and ')] : []),
    ...(wantsDenials ? denialRanges(window).map((range) => [range, ...denied].join(' and ')) : []),
  ];
}

function typeConditions(type: string | null): string[] {
  if (type === null || type === '*') return [];
  if (!type.endsWith('*')) return [`type eq ${quote(type)}`];
  const beginning = type.slice(0, -1);
  const last = beginning.charCodeAt(beginning.length - 1);
  // The first text after all that begin so: the last character's successor, "{" after "z" and "." after "-".
  const end = `${beginning.slice(0, -1)}${String.fromCharCode(last + 1)}`;
  return [`type ge ${quote(beginning)}`, `type lt ${quote(end)}`];
}

function isBeginning(type: string, text: string): boolean {
  return type.endsWith('*') && text.startsWith(type.slice(0, -1));
}

/**
 * Reads an event from its row, which `write-event-rows.ts` makes.
 * @throws BrokerError `internal` if the row is not an event's.
 */
export function readEvent(row: ReadRow): RecordedEvent {
  const partitionKey = columnOf(row, 'partitionKey');
  const id = `${partitionKey}-${columnOf(row, 'rowKey')}`;
  const at = instantOf(row, 'at');
  if (isDenialPartition(partitionKey)) return { id, at, ...readDenial(row) };
  return {
    id,
    at,
    type: columnOf(row, 'type'),
    account: optionalColumnOf(row, 'account'),
    actor: columnOf(row, 'actor'),
    actorName: optionalColumnOf(row, 'actorName'),
    phase: optionalColumnOf(row, 'phase'),
    activeKey: KEY_NAMES.find((name) => name === row['activeKey']) ?? null,
    detail: columnOf(row, 'detail'),
  };
}

function readDenial(row: ReadRow): Omit<RecordedEvent, 'id' | 'at'> {
  const resource = optionalColumnOf(row, 'resource');
  const permissions = optionalColumnOf(row, 'permissions');
  const { count } = row;
  const asked = resource === null ? '' : ` (${permissions ?? 'no'} permissions on ${resource})`;
  return {
    type: DENIAL,
    account: resource?.split('/')[0] ?? null,
    actor: `${columnOf(row, 'callerIssuer')}/${columnOf(row, 'callerSubject')}`,
    actorName: optionalColumnOf(row, 'callerName'),
    phase: null,
    activeKey: null,
    detail:
      typeof count === 'number'
        ? `${count} further denials in the minute that starts at this time`
        : `${columnOf(row, 'reason')}${asked}`,
  };
}
