import { AGENT_KINDS, SAS_KINDS } from '../azure/sas-kinds.ts';
import { KEY_NAMES } from '../azure/services.ts';
import { formatInstant } from '../iso-time.ts';
import {
  columnOf,
  instantOf,
  omitNulls,
  oneOf,
  optionalColumnOf,
  type ReadRow,
  rejectRow,
  type TableRow,
} from '../tables/columns.ts';
import type { AuditRecord, SignedWith } from './audit-record.ts';
import { keptText, optionalKeptText, requireShortColumns } from './kept-text.ts';
import { resourceColumns, resourceOf } from './resource-columns.ts';
import { parseTokenId, partitionKey, rowKey, tokenIdOfRow } from './row-keys.ts';

/** The longest subject, name and purpose in a row. */
export const MAX_TEXT_CHARACTERS = 256;

/**
 * Returns the row of a record. Times are text to the second, `2026-11-22T15:15:00Z`, so they sort in time order.
 * @param instance the broker instance that writes the row.
 * @throws BrokerError `internal` if a column is too long.
 */
export function auditRow(record: AuditRecord, instance: string): TableRow {
  const row = omitNulls({
    partitionKey: partitionKey(record.key),
    rowKey: rowKey(record.key),
    issuedAt: formatInstant(record.issuedAt),
    startsAt: record.startsAt && formatInstant(record.startsAt),
    expiresAt: formatInstant(record.expiresAt),
    kind: record.kind,
    ...resourceColumns(record.resource),
    permissions: record.permissions,
    ip: record.ip,
    protocol: record.protocol,
    policyId: record.policy,
    agentKind: record.agent?.kind ?? null,
    agentObjectId: record.agent?.objectId ?? null,
    boundTo: record.boundTo,
    grant: record.grant,
    ...callerColumns(record.caller),
    ...signedWithColumns(record.signedWith),
    correlationId: record.correlationId,
    purpose: optionalKeptText(record.purpose, MAX_TEXT_CHARACTERS),
    requestId: record.requestId,
    instance,
  });
  return requireShortColumns(row);
}

/** Reads a record from the row that `auditRow` made. @throws BrokerError `internal` if the row is malformed. */
export function auditRecordOf(row: ReadRow): AuditRecord {
  return {
    key: parseTokenId(tokenIdOfRow(row)) ?? rejectRow(row, 'rowKey'),
    issuedAt: instantOf(row, 'issuedAt'),
    startsAt: optionalColumnOf(row, 'startsAt') === null ? null : instantOf(row, 'startsAt'),
    expiresAt: instantOf(row, 'expiresAt'),
    kind: oneOf(row, 'kind', SAS_KINDS),
    resource: resourceOf(row),
    permissions: columnOf(row, 'permissions'),
    ip: optionalColumnOf(row, 'ip'),
    protocol: oneOf(row, 'protocol', ['https', 'https,http']),
    policy: optionalColumnOf(row, 'policyId'),
    agent: agentOf(row),
    boundTo: optionalColumnOf(row, 'boundTo'),
    grant: columnOf(row, 'grant'),
    caller: {
      issuer: columnOf(row, 'callerIssuer'),
      subject: columnOf(row, 'callerSubject'),
      name: optionalColumnOf(row, 'callerName'),
      ip: optionalColumnOf(row, 'callerIp'),
    },
    signedWith: signedWithOf(row),
    correlationId: optionalColumnOf(row, 'correlationId'),
    purpose: optionalColumnOf(row, 'purpose'),
    requestId: columnOf(row, 'requestId'),
  };
}

/**
 * Returns the columns of a caller, with secrets redacted. A name is only for people to read, so one that is too long is
 * cut, not rejected.
 */
export function callerColumns(caller: AuditRecord['caller']): Record<string, string | null> {
  return {
    callerIssuer: caller.issuer,
    callerSubject: keptText(caller.subject, MAX_TEXT_CHARACTERS),
    callerName: optionalKeptText(caller.name, MAX_TEXT_CHARACTERS),
    callerIp: caller.ip,
  };
}

function agentOf(row: ReadRow): AuditRecord['agent'] {
  const objectId = optionalColumnOf(row, 'agentObjectId');
  return objectId === null ? null : { kind: oneOf(row, 'agentKind', AGENT_KINDS), objectId };
}

function signedWithColumns(signedWith: SignedWith): Record<string, string | null> {
  if ('key' in signedWith)
    return {
      keyName: signedWith.key,
      secretVersion: signedWith.secretVersion,
      keyId: signedWith.keyId,
    };
  const { objectId, startsAt, expiresAt } = signedWith.delegationKey;
  return {
    delegationObjectId: objectId,
    delegationStartsAt: formatInstant(startsAt),
    delegationExpiresAt: formatInstant(expiresAt),
  };
}

function signedWithOf(row: ReadRow): SignedWith {
  const objectId = optionalColumnOf(row, 'delegationObjectId');
  if (objectId === null) {
    const key = optionalColumnOf(row, 'keyName') === null ? null : oneOf(row, 'keyName', KEY_NAMES);
    return { key, secretVersion: columnOf(row, 'secretVersion'), keyId: optionalColumnOf(row, 'keyId') };
  }
  return {
    delegationKey: {
      objectId,
      startsAt: instantOf(row, 'delegationStartsAt'),
      expiresAt: instantOf(row, 'delegationExpiresAt'),
    },
  };
}
