import * as z from 'zod/mini';
import type { StoredAuditRecord } from '../audit/audit-record.ts';
import {
  agentSchema,
  boundToSchema,
  resourceView,
  resourceViewSchema,
  signedWithSchema,
  signedWithView,
} from '../audit/audit-view.ts';
import { tokenId } from '../audit/row-keys.ts';
import { PERMISSION_NAMES, type PermissionName, permissionNames } from '../azure/permissions.ts';
import { letterOrderOf } from '../azure/resources.ts';
import { SAS_KINDS } from '../azure/sas-kinds.ts';
import type { Caller } from '../identity/caller.ts';
import { formatInstant } from '../iso-time.ts';
import type { RecordState } from './record-states.ts';
import { ENDING_LEVERS, TOKEN_STATES } from './token-state.ts';
import { described } from '../input/described.ts';

const NAMES = Object.keys(PERMISSION_NAMES) as PermissionName[];

const instant = z.iso.datetime();

/** An audit record in a reply. */
export const auditRecordSchema = z.object({
  id: z.string(),
  fingerprint: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  issuedAt: instant,
  startsAt: z.nullable(instant),
  expiresAt: instant,
  kind: z.enum(SAS_KINDS),
  resource: resourceViewSchema,
  permissions: z.string(),
  permissionNames: z.array(z.enum(NAMES)),
  ip: z.nullable(z.string()),
  protocol: z.enum(['https', 'https,http']),
  policy: z.nullable(z.string()),
  agent: agentSchema,
  boundTo: boundToSchema,
  grant: z.string(),
  caller: z.object({
    issuer: z.string(),
    subject: z.string(),
    name: z.nullable(z.string()),
    ip: z.nullable(z.string()),
  }),
  signedWith: signedWithSchema,
  correlationId: z.nullable(z.string()),
  purpose: z.nullable(z.string()),
  requestId: z.string(),
  state: described(
    z.enum(TOKEN_STATES),
    'live: usable; unproved: something that the token depends on was ended, but there is no proof that storage refuses it; revoked: with proof; expired: past its expiry by every clock',
  ),
  endedBy: z.nullable(
    z.object({
      lever: z.enum(ENDING_LEVERS),
      at: described(instant, 'When it was ordered'),
      by: described(
        z.nullable(z.string()),
        'Null if something outside the broker did it, and for callers who are not auditors or operators',
      ),
    }),
  ),
  completion: z.nullable(z.object({ outcome: z.string(), at: instant, detail: z.nullable(z.string()) })),
});
export type AuditRecordView = z.infer<typeof auditRecordSchema>;

/** Returns a record as the API shows it to `viewer`. Only auditors and operators see who ended a token. */
export function auditRecordView(
  record: StoredAuditRecord,
  { state, endedBy }: RecordState,
  viewer: Pick<Caller, 'roles'>,
): AuditRecordView {
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
    state,
    endedBy: endedBy && {
      ...endedBy,
      at: formatInstant(endedBy.at),
      by: seesActors(viewer) ? endedBy.by : null,
    },
    completion: completion && { ...completion, at: formatInstant(completion.at) },
  };
}

function seesActors({ roles }: Pick<Caller, 'roles'>): boolean {
  return roles.has('auditor') || roles.has('operator');
}
