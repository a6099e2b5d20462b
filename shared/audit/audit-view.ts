import { z } from 'zod';
import { PERMISSION_NAMES, type PermissionName, permissionNames } from '../azure/permissions.ts';
import { letterOrderOf, type Resource } from '../azure/resources.ts';
import { AGENT_KINDS, SAS_KINDS } from '../azure/sas-kinds.ts';
import { KEY_NAMES, RESOURCE_TYPES, SERVICES } from '../azure/services.ts';
import { formatInstant } from '../iso-time.ts';
import type { SignedWith, StoredAuditRecord } from './audit-record.ts';
import { tokenId } from './row-keys.ts';

const NAMES = Object.keys(PERMISSION_NAMES) as PermissionName[];

const instant = z.iso.datetime();
const secretKey = z.object({
  key: z.enum(KEY_NAMES).nullable(),
  secretVersion: z.string(),
  keyId: z
    .string()
    .nullable()
    .describe('Identifies the key’s value: the digits that storage logs show after the key’s name'),
});
const delegationKey = z.object({
  delegationKey: z.object({ objectId: z.string(), startsAt: instant, expiresAt: instant }),
});

/** The identity that a token names as its user, in a reply. */
export const agentSchema = z.object({ kind: z.enum(AGENT_KINDS), objectId: z.string() }).nullable();
/** The only user who can use a token, in a reply. */
export const boundToSchema = z
  .string()
  .nullable()
  .describe(
    'Object id of the only user who can use the token; storage also requires a bearer token of that user',
  );

/** A resource in a reply. It has the same members as in a request. */
export const resourceViewSchema = z.object({
  account: z.string(),
  service: z.enum(SERVICES).optional(),
  container: z.string().optional(),
  blob: z.string().optional(),
  snapshot: z.string().optional(),
  versionId: z.string().optional(),
  directory: z.string().optional(),
  queue: z.string().optional(),
  table: z.string().optional(),
  partitionKeyStart: z.string().optional(),
  partitionKeyEnd: z.string().optional(),
  rowKeyStart: z.string().optional(),
  rowKeyEnd: z.string().optional(),
  share: z.string().optional(),
  file: z.string().optional(),
  services: z.array(z.enum(SERVICES)).optional(),
  resourceTypes: z.array(z.enum(RESOURCE_TYPES)).optional(),
});

/** Returns a resource as replies show it. */
export function resourceView(resource: Resource): z.infer<typeof resourceViewSchema> {
  if ('services' in resource)
    return { ...resource, services: [...resource.services], resourceTypes: [...resource.resourceTypes] };
  return { ...resource };
}

/** An audit record in a reply. */
export const auditRecordSchema = z.object({
  id: z.string(),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
  issuedAt: instant,
  startsAt: instant.nullable(),
  expiresAt: instant,
  kind: z.enum(SAS_KINDS),
  resource: resourceViewSchema,
  permissions: z.string(),
  permissionNames: z.array(z.enum(NAMES)),
  ip: z.string().nullable(),
  protocol: z.enum(['https', 'https,http']),
  policy: z.string().nullable(),
  agent: agentSchema,
  boundTo: boundToSchema,
  grant: z.string(),
  caller: z.object({
    issuer: z.string(),
    subject: z.string(),
    name: z.string().nullable(),
    ip: z.string().nullable(),
  }),
  signedWith: z.union([secretKey, delegationKey]),
  correlationId: z.string().nullable(),
  purpose: z.string().nullable(),
  requestId: z.string(),
  state: z.enum(['live', 'expired', 'revoked']),
  completion: z.object({ outcome: z.string(), at: instant, detail: z.string().nullable() }).nullable(),
});
export type AuditRecordView = z.infer<typeof auditRecordSchema>;

/** Returns a record as the API shows it at `now`. A revoked token stays `revoked` after its expiry. */
export function auditRecordView(record: StoredAuditRecord, now: Date): AuditRecordView {
  const { completion } = record;
  return {
    id: tokenId(record.key),
    fingerprint: record.key.fingerprint,
    issuedAt: formatInstant(record.issuedAt),
    startsAt: record.startsAt && formatInstant(record.startsAt),
    expiresAt: formatInstant(record.expiresAt),
    kind: record.kind,
    resource: resourceView(record.resource),
    permissions: record.permissions,
    permissionNames: permissionNames(record.permissions, letterOrderOf(record.resource)),
    ip: record.ip,
    protocol: record.protocol,
    policy: record.policy,
    agent: record.agent,
    boundTo: record.boundTo,
    grant: record.grant,
    caller: record.caller,
    signedWith: signedWithView(record.signedWith),
    correlationId: record.correlationId,
    purpose: record.purpose,
    requestId: record.requestId,
    state: stateOf(record, now),
    completion: completion && { ...completion, at: formatInstant(completion.at) },
  };
}

function stateOf(record: StoredAuditRecord, now: Date): AuditRecordView['state'] {
  if (record.revokedAt !== null) return 'revoked';
  return now < record.expiresAt ? 'live' : 'expired';
}

/** Returns the key that signed a token, as replies show it. */
export function signedWithView(signedWith: SignedWith): AuditRecordView['signedWith'] {
  if ('key' in signedWith) return signedWith;
  const { objectId, startsAt, expiresAt } = signedWith.delegationKey;
  return {
    delegationKey: { objectId, startsAt: formatInstant(startsAt), expiresAt: formatInstant(expiresAt) },
  };
}
