import { redactSecrets } from '../input/secret-text-rule.ts';
import { formatInstant } from '../iso-time.ts';
import { omitNulls, type TableRow } from '../tables/columns.ts';
import type { AdministrativeEvent, DenialRecord } from './audit-record.ts';
import { callerColumns } from './audit-row.ts';
import type { CountedDenials } from './denial-counts.ts';
import { denialRowKeys, eventRowKeys } from './event-row-keys.ts';

/** What the writing instance adds to a row: its name and shard, and a new suffix that makes the row's key unique. */
export interface RowOrigin {
  readonly instance: string;
  readonly shard: number;
  /** 8 characters of base32, from `randomSuffix`. */
  readonly suffix: string;
}

/** Returns the row of one denial, with secrets redacted: what was refused may have been pasted. */
export function denialRow(denial: DenialRecord, origin: RowOrigin): TableRow {
  return omitNulls({
    ...denialRowKeys(denial.at, origin),
    at: formatInstant(denial.at),
    ...callerColumns(denial.caller),
    requestId: denial.requestId,
    code: denial.code,
    resource: denial.resource && redactSecrets(denial.resource),
    permissions: denial.permissions,
    kind: denial.kind,
    reason: redactSecrets(denial.reason),
    purpose: denial.purpose && redactSecrets(denial.purpose),
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

/** Returns the row of one administrative event, with secrets redacted. */
export function eventRow(event: AdministrativeEvent, origin: RowOrigin): TableRow {
  return omitNulls({
    ...eventRowKeys(event.at, origin.suffix),
    at: formatInstant(event.at),
    type: event.type,
    account: event.account,
    actor: redactSecrets(event.actor),
    detail: redactSecrets(event.detail),
    requestId: `event-${origin.suffix}`,
    instance: origin.instance,
  });
}
