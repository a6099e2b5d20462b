import * as z from 'zod/mini';
import type { AuditRecord } from '../audit/audit-record.ts';
import { agentSchema, boundToSchema, resourceView, resourceViewSchema } from '../audit/audit-view.ts';
import { tokenId } from '../audit/row-keys.ts';
import { permissionNames } from '../azure/permissions.ts';
import { isOfService, letterOrderOf, type Resource, scopeOf } from '../azure/resources.ts';
import { SAS_KINDS } from '../azure/sas-kinds.ts';
import { SERVICES } from '../azure/services.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { addSeconds, formatInstant, wholeSecond } from '../iso-time.ts';
import { resourceEndpoint } from '../requests/resource-url.ts';
import type { SignedToken } from '../sas/sign-token.ts';
import { described } from '../input/described.ts';

/** The reply of `POST /tokens`. */
export const issuedTokenSchema = z.object({
  id: z.string(),
  kind: z.enum(SAS_KINDS),
  kindReason: z.string(),
  token: described(z.string(), 'The SAS, without a leading "?"'),
  url: described(z.string(), "The resource's URL with the SAS"),
  resource: resourceViewSchema,
  permissions: z.string(),
  permissionNames: z.array(z.string()),
  startsAt: z.nullable(z.string()),
  expiresAt: z.string(),
  issuedAt: z.string(),
  expiresIn: described(z.int(), 'Whole seconds from issuedAt to expiresAt'),
  endpoint: described(
    z.string(),
    'The endpoint of the service, with its path and without a trailing slash: the one that url begins with',
  ),
  endpoints: described(
    z.nullable(z.partialRecord(z.enum(SERVICES), z.string())),
    'For account SAS, the endpoint of every service that it covers; otherwise null',
  ),
  refreshAfter: described(z.string(), 'When a client that keeps the token should request a new one'),
  ip: z.nullable(z.string()),
  protocol: z.enum(['https', 'https,http']),
  policy: z.nullable(z.string()),
  agent: agentSchema,
  boundTo: boundToSchema,
  usableAfter: described(
    z.nullable(z.string()),
    'When storage is certain to apply the stored access policy of the token; null: immediately',
  ),
  grant: z.string(),
  fingerprint: z.string(),
  clamped: z.array(z.object({ field: z.string(), asked: z.nullable(z.string()), granted: z.string() })),
  narrowerKind: described(
    z.nullable(z.enum(SAS_KINDS)),
    'A stronger kind that your grants would also have allowed for this request, or null',
  ),
  hints: described(z.array(z.string()), 'How the next request could be narrower'),
  request: z.nullable(z.object({ method: z.string(), headers: z.record(z.string(), z.string()) })),
});

export type IssuedToken = z.infer<typeof issuedTokenSchema>;

/** Returns the reply for a token whose row is written. */
export function issuedTokenView(
  token: AuthorizedToken,
  signed: SignedToken,
  record: AuditRecord,
  usableAfter: Date | null = null,
): IssuedToken {
  return {
    id: tokenId(record.key),
    kind: token.kind,
    kindReason: token.kindReason,
    token: signed.query,
    url: signed.url,
    resource: resourceView(token.resource),
    permissions: token.permissions,
    permissionNames: permissionNames(token.permissions, letterOrderOf(token.resource)),
    startsAt: token.startsAt === null ? null : formatInstant(token.startsAt),
    expiresAt: formatInstant(token.expiresAt),
    issuedAt: formatInstant(record.issuedAt),
    expiresIn: secondsBetween(record.issuedAt, token.expiresAt),
    endpoint: resourceEndpoint(token.account, token.resource),
    endpoints: accountEndpoints(token),
    refreshAfter: formatInstant(refreshAfter(token, record.issuedAt)),
    ip: token.ip,
    protocol: token.protocol,
    policy: record.policy,
    agent: record.agent,
    boundTo: record.boundTo,
    usableAfter: usableAfter && formatInstant(usableAfter),
    grant: token.grant,
    fingerprint: signed.fingerprint,
    clamped: [...token.clamped],
    narrowerKind: token.narrower.kind,
    hints: [...token.narrower.hints],
    request: uploadRequest(token.resource, token.permissions),
  };
}

/** Returns the seconds between two instants as the reply shows them, to the second. */
function secondsBetween(from: Date, to: Date): number {
  return (wholeSecond(to).getTime() - wholeSecond(from).getTime()) / 1000;
}

/** Returns the endpoint of each service that an account SAS covers; null for a SAS of one service. */
function accountEndpoints({ account, resource }: AuthorizedToken): IssuedToken['endpoints'] {
  if (isOfService(resource)) return null;
  const covered = SERVICES.filter((service) => resource.services.includes(service));
  return Object.fromEntries(covered.map((service) => [service, account.endpoints[service]]));
}

/** Returns the instant after 0.8 of the remaining life: late enough to make keeping the token useful, early enough for retries. */
function refreshAfter(token: AuthorizedToken, issuedAt: Date): Date {
  const start = token.startsAt !== null && token.startsAt > issuedAt ? token.startsAt : issuedAt;
  return wholeSecond(addSeconds(start, ((token.expiresAt.getTime() - start.getTime()) / 1000) * 0.8));
}

/** Returns how to upload the blob: Put Blob requires a header for the blob's type. Null if the token cannot write a blob. */
function uploadRequest(resource: Resource, permissions: string): IssuedToken['request'] {
  if (!isOfService(resource) || resource.service !== 'blob' || scopeOf(resource) !== 'blob') return null;
  if (resource.snapshot !== undefined || resource.versionId !== undefined) return null;
  if (!/[cw]/.test(permissions)) return null;
  return { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' } };
}
