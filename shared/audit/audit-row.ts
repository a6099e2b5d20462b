import { formatInstant } from '../iso-time.ts';
import type { AuditRecord, SignedWith } from './audit-record.ts';
import { resourceColumns, resourceOf } from './resource-columns.ts';
import { parseTokenId, partitionKey, rowKey, tokenIdOfRow } from './row-keys.ts';
import {
  columnOf,
  instantOf,
  malformed,
  oneOf,
  optional,
  withoutNulls,
  type ReadRow,
  type TableRow,
} from '../tables/columns.ts';
import { KEY_NAMES } from '../azure/services.ts';
import { AGENT_KINDS, SAS_KINDS } from '../azure/sas-kinds.ts';

const LONGEST_NAME = 256;

/**
 * The columns of a record. Times are text to the second, `2026-11-22T15:15:00Z`, which sorts as it reads.
 * @param instance the broker instance that writes.
 */
export function auditRow(record: AuditRecord, instance: string): TableRow {
  const { resource, caller } = record;
  return withoutNulls({
    partitionKey: partitionKey(record.key),
    rowKey: rowKey(record.key),
    issuedAt: formatInstant(record.issuedAt),
    startsAt: record.startsAt && formatInstant(record.startsAt),
    expiresAt: formatInstant(record.expiresAt),
    kind: record.kind,
    ...resourceColumns(resource),
    permissions: record.permissions,
    ip: record.ip,
    protocol: record.protocol,
    policyId: record.policy,
    agentKind: record.agent?.kind ?? null,
    agentObjectId: record.agent?.objectId ?? null,
    boundTo: record.boundTo,
    grant: record.grant,
    ...callerColumns(caller),
    ...signedWithColumns(record.signedWith),
    correlationId: record.correlationId,
    purpose: record.purpose,
    requestId: record.requestId,
    instance,
  });
}

/** The record that `auditRow` made the row of. @throws BrokerError `internal` where it is no such row. */
export function auditRecordOf(row: ReadRow): AuditRecord {
  return {
    key: parseTokenId(tokenIdOfRow(row)) ?? malformed(row, 'rowKey'),
    issuedAt: instantOf(row, 'issuedAt'),
    startsAt: optional(row, 'startsAt') === null ? null : instantOf(row, 'startsAt'),
    expiresAt: instantOf(row, 'expiresAt'),
    kind: oneOf(row, 'kind', SAS_KINDS),
    resource: resourceOf(row),
    permissions: columnOf(row, 'permissions'),
    ip: optional(row, 'ip'),
    protocol: oneOf(row, 'protocol', ['https', 'https,http']),
    policy: optional(row, 'policyId'),
    agent: agentOf(row),
    boundTo: optional(row, 'boundTo'),
    grant: columnOf(row, 'grant'),
    caller: {
      issuer: columnOf(row, 'callerIssuer'),
      subject: columnOf(row, 'callerSubject'),
      name: optional(row, 'callerName'),
      ip: optional(row, 'callerIp'),
    },
    signedWith: signedWithOf(row),
    correlationId: optional(row, 'correlationId'),
    purpose: optional(row, 'purpose'),
    requestId: columnOf(row, 'requestId'),
  };
}

/** A name is for people to read: one that is too long for a column must not cost its caller the token. */
export function callerColumns(caller: AuditRecord['caller']): Record<string, string | null> {
  return {
    callerIssuer: caller.issuer,
    callerSubject: caller.subject,
    callerName: caller.name?.slice(0, LONGEST_NAME) ?? null,
    callerIp: caller.ip,
  };
}

function agentOf(row: ReadRow): AuditRecord['agent'] {
  const objectId = optional(row, 'agentObjectId');
  return objectId === null ? null : { kind: oneOf(row, 'agentKind', AGENT_KINDS), objectId };
}

function signedWithColumns(signedWith: SignedWith): Record<string, string | null> {
  if ('key' in signedWith) return { keyName: signedWith.key, secretVersion: signedWith.secretVersion };
  const { objectId, startsAt, expiresAt } = signedWith.delegationKey;
  return {
    delegationObjectId: objectId,
    delegationStartsAt: formatInstant(startsAt),
    delegationExpiresAt: formatInstant(expiresAt),
  };
}

function signedWithOf(row: ReadRow): SignedWith {
  const objectId = optional(row, 'delegationObjectId');
  if (objectId === null) {
    const key = optional(row, 'keyName') === null ? null : oneOf(row, 'keyName', KEY_NAMES);
    return { key, secretVersion: columnOf(row, 'secretVersion') };
  }
  const startsAt = instantOf(row, 'delegationStartsAt');
  return { delegationKey: { objectId, startsAt, expiresAt: instantOf(row, 'delegationExpiresAt') } };
}
