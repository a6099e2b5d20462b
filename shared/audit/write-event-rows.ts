import { formatInstant } from '../iso-time.ts';
import { omitNulls, type TableRow } from '../tables/columns.ts';
import type { AdministrativeEvent, DenialRecord } from './audit-record.ts';
import { callerColumns, MAX_TEXT_CHARACTERS } from './audit-row.ts';
import type { CountedDenials } from './denial-counts.ts';
import { denialRowKeys, eventRowKeys } from './event-row-keys.ts';
import { keptText, optionalKeptText } from './kept-text.ts';

/** The longest text in each column of a denial that contains what the caller sent. */
const MAX_DENIAL_CHARACTERS = { resource: 1100, permissions: 64, kind: 32, reason: 2048 } as const;
/** Issuer and subject, with the slash. */
const MAX_ACTOR_CHARACTERS = 600;
const MAX_DETAIL_CHARACTERS = 8192;

/** What the writing instance adds to a row: its name and shard, and a new suffix that makes the row's key unique. */
export interface RowOrigin {
  readonly instance: string;
  readonly shard: number;
  /** 8 characters of base32, from `randomSuffix`. */
  readonly suffix: string;
}

/**
 * Returns the row of one denial. Its texts are cut, and secrets in them redacted, because a caller may have sent anything
 * in a request that is refused.
 */
export function denialRow(denial: DenialRecord, origin: RowOrigin): TableRow {
  return omitNulls({
    ...denialRowKeys(denial.at, origin),
    at: formatInstant(denial.at),
    ...callerColumns(denial.caller),
    requestId: denial.requestId,
    code: denial.code,
    resource: optionalKeptText(denial.resource, MAX_DENIAL_CHARACTERS.resource),
    permissions: optionalKeptText(denial.permissions, MAX_DENIAL_CHARACTERS.permissions),
    kind: optionalKeptText(denial.kind, MAX_DENIAL_CHARACTERS.kind),
    reason: keptText(denial.reason, MAX_DENIAL_CHARACTERS.reason),
    purpose: optionalKeptText(denial.purpose, MAX_TEXT_CHARACTERS),
    instance: origin.instance,
  });
}

/** Returns the row for `count` further denials of a caller in the minute that starts at `at`. */
export function countedDenialsRow(denials: CountedDenials, origin: RowOrigin): TableRow {
  return omitNulls({
    ...denialRowKeys(denials.at, origin),
    at: formatInstant(denials.at),
    ...callerColumns(denials.caller),
    count: denials.count,
    requestId: `count-${origin.suffix}`,
    instance: origin.instance,
  });
}

/** Returns the row of one administrative event. Its texts are cut, and secrets in them redacted. */
export function eventRow(event: AdministrativeEvent, origin: RowOrigin): TableRow {
  return omitNulls({
    ...eventRowKeys(event.at, origin.suffix),
    at: formatInstant(event.at),
    type: event.type,
    account: event.account,
    actor: keptText(event.actor, MAX_ACTOR_CHARACTERS),
    actorName: optionalKeptText(event.actorName ?? null, MAX_TEXT_CHARACTERS),
    phase: event.phase ?? null,
    activeKey: event.activeKey ?? null,
    detail: keptText(event.detail, MAX_DETAIL_CHARACTERS),
    requestId: `event-${origin.suffix}`,
    instance: origin.instance,
  });
}
