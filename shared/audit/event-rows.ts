import { formatInstant, hourOf } from '../iso-time.ts';
import type { AdministrativeEvent, DenialRecord } from './audit-record.ts';
import { callerColumns } from './audit-row.ts';
import type { CountedDenials } from './denial-counts.ts';
import { withoutNulls, type TableRow } from '../tables/columns.ts';

/** What the writing instance adds: its name and shard, and a fresh suffix (8 base32 characters) that keeps rows apart. */
export interface RowOrigin {
  readonly instance: string;
  readonly shard: number;
  readonly suffix: string;
}

/** One denial, in `d-<shard>-<yyyymmddhh>`, ordered by time. */
export function denialRow(denial: DenialRecord, origin: RowOrigin): TableRow {
  const { at, caller, requestId, code, resource, permissions, kind, reason, purpose } = denial;
  return withoutNulls({
    ...denialKeys(at, origin),
    at: formatInstant(at),
    ...callerColumns(caller),
    ...{ requestId, code, resource, permissions, kind, reason, purpose },
    instance: origin.instance,
  });
}

/** The row that stands for `count` further denials of a caller in the minute that starts at `at`. */
export function countedDenialsRow(denials: CountedDenials, origin: RowOrigin): TableRow {
  const { at, caller, count } = denials;
  return withoutNulls({
    ...denialKeys(at, origin),
    at: formatInstant(at),
    ...callerColumns(caller),
    count,
    requestId: `count-${origin.suffix}`,
    instance: origin.instance,
  });
}

/** One administrative event, in `e-<yyyymmdd>`, ordered by time. */
export function eventRow(event: AdministrativeEvent, origin: RowOrigin): TableRow {
  const { at, type, account, actor, detail } = event;
  return withoutNulls({
    partitionKey: `e-${hourOf(at).slice(0, 8)}`,
    rowKey: timeKey(at, origin.suffix),
    at: formatInstant(at),
    ...{ type, account, actor, detail },
    requestId: `event-${origin.suffix}`,
    instance: origin.instance,
  });
}

const denialKeys = (at: Date, { shard, suffix }: RowOrigin): Pick<TableRow, 'partitionKey' | 'rowKey'> => ({
  partitionKey: `d-${shard}-${hourOf(at)}`,
  rowKey: timeKey(at, suffix),
});

/** `20261122T150000123Z-abcdefgh`: sorts by time. */
const timeKey = (at: Date, suffix: string): string => `${at.toISOString().replace(/[-:.]/g, '')}-${suffix}`;
