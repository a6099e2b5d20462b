import type { BlobResource } from '../azure-storage.ts';
import { BrokerError, type Fault } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { bindableAddress } from '../identity/caller-address.ts';
import { addSeconds, durationSeconds, formatDuration, parseInstant, wholeSecond } from '../iso-time.ts';
import { allowedLetters, inAzureOrder, lettersOf } from '../permissions.ts';
import { readMembers } from '../schema-faults.ts';
import { blobFromPath, blobResourceFaults } from './blob.ts';
import { locateUrl } from './resource-url.ts';
import { MAX_USER_DELEGATION_TTL, type TokenRequest } from './token-request.ts';
import { tokenRequestSchema, type TokenRequestMembers } from './token-request-schema.ts';

/** What a request is read against: nothing of it depends on what the caller may do. */
export interface RequestContext {
  readonly accounts: ReadonlyMap<string, StorageAccount>;
  /** The caller's own address, for `ip: "caller"`. */
  readonly callerIp: string | null;
  readonly now: Date;
}

/**
 * Reads the JSON of a token request: shape, names, letters, times.
 * @throws BrokerError `invalid_request` with every fault.
 */
export function parseTokenRequest(body: unknown, context: RequestContext): TokenRequest {
  const { members, faults } = readMembers(tokenRequestSchema, body);
  const resource = readResource(members, body, context, faults);
  const times = readTimes(members, context.now, faults);
  const ip = readIp(members.ip, context.callerIp, faults);
  const permissions = readPermissions(members.permissions, resource, faults);
  if (members.kind === 'account')
    faults.push({
      path: 'kind',
      message: 'account SAS are not issued yet; ask for auto, user-delegation or service',
    });
  if (faults.length > 0 || resource === null)
    throw new BrokerError('invalid_request', 'The token request is not valid; see errors.', {
      errors: faults,
    });
  return {
    resource,
    permissions,
    ...times,
    kind: members.kind ?? 'auto',
    ip,
    protocol: members.protocol ?? 'https',
    responseHeaders: members.responseHeaders ?? {},
    encryptionScope: members.encryptionScope ?? null,
    clamp: members.clamp ?? false,
    purpose: members.purpose ?? null,
  };
}

function readResource(members: TokenRequestMembers, body: unknown, context: RequestContext, faults: Fault[]) {
  const given = (name: string) => typeof body === 'object' && body !== null && Object.hasOwn(body, name);
  if (given('url') === given('resource')) {
    faults.push({ path: 'url', message: 'give exactly one of url and resource' });
    return null;
  }
  if (members.url !== undefined) return resourceFromUrl(members.url, context, faults);
  return members.resource === undefined ? null : resourceFromParts(members.resource, context, faults);
}

function resourceFromUrl(url: string, context: RequestContext, faults: Fault[]): BlobResource | null {
  const refuse = (message: string) => {
    faults.push({ path: 'url', message });
    return null;
  };
  const located = locateUrl(url, context.accounts.values());
  if (typeof located === 'string') return refuse(located);
  const { account, service, path } = located;
  if (service !== 'blob')
    return refuse(`only tokens for the blob service are issued yet, not for ${service}`);
  const names = blobFromPath(path);
  if (typeof names === 'string') return refuse(names);
  const resource: BlobResource = { account, service, ...names };
  const wrong = blobResourceFaults(resource);
  faults.push(...wrong.map(({ path: name, message }) => ({ path: 'url', message: `${name} ${message}` })));
  return wrong.length > 0 ? null : resource;
}

type ResourceParts = NonNullable<TokenRequestMembers['resource']>;

function resourceFromParts(
  parts: ResourceParts,
  context: RequestContext,
  faults: Fault[],
): BlobResource | null {
  const [only, ...others] = context.accounts.keys();
  const account = parts.account ?? (others.length === 0 ? only : undefined);
  const wrong = blobResourceFaults(parts);
  if (account === undefined) wrong.push({ path: 'account', message: 'is required here' });
  faults.push(...wrong.map(({ path, message }) => ({ path: `resource.${path}`, message })));
  if (account === undefined || wrong.length > 0) return null;
  const { blob, snapshot, versionId } = parts;
  return {
    account,
    service: parts.service,
    container: parts.container,
    ...(blob === undefined ? {} : { blob }),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(versionId === undefined ? {} : { versionId }),
  };
}

function readTimes(members: TokenRequestMembers, now: Date, faults: Fault[]) {
  const startsAt = members.startsAt === undefined ? null : parseInstant(members.startsAt);
  const ttl = members.ttl === undefined ? null : durationSeconds(members.ttl);
  if (members.ttl !== undefined && members.expiresAt !== undefined)
    faults.push({ path: 'ttl', message: 'give only one of ttl and expiresAt' });
  const asked = members.ttl === undefined ? 'expiresAt' : 'ttl';
  const expiresAt =
    ttl === null
      ? members.expiresAt === undefined
        ? null
        : parseInstant(members.expiresAt)
      : wholeSecond(addSeconds(startsAt ?? now, ttl));
  if (expiresAt === null) return { startsAt, expiresAt };
  if (expiresAt <= now) faults.push({ path: asked, message: 'must put the expiry in the future' });
  if (startsAt !== null && startsAt >= expiresAt)
    faults.push({ path: 'startsAt', message: 'must be before the expiry' });
  if (members.kind === 'user-delegation' && expiresAt > addSeconds(now, MAX_USER_DELEGATION_TTL))
    faults.push({
      path: asked,
      message: `must be at most ${formatDuration(MAX_USER_DELEGATION_TTL)} from now for a user delegation SAS (Azure allows 7 days; the rest is margin)`,
    });
  return { startsAt, expiresAt };
}

function readIp(ip: string | undefined, callerIp: string | null, faults: Fault[]): string | null {
  if (ip !== 'caller') return ip ?? null;
  const address = bindableAddress(callerIp);
  if (address.ok) return address.ip;
  faults.push({ path: 'ip', message: `cannot be "caller" here: ${address.reason}` });
  return null;
}

/** Letters are held against the widest account there could be; the account's own limits come after the grant. */
function readPermissions(
  given: TokenRequestMembers['permissions'],
  resource: BlobResource | null,
  faults: Fault[],
): string {
  const letters = given === undefined ? undefined : lettersOf(given);
  if (letters === undefined || typeof letters === 'string') return '';
  if (letters.size === 0) faults.push({ path: 'permissions', message: 'must name at least one permission' });
  if (resource === null) return '';
  const what = resource.blob === undefined ? 'container' : 'blob';
  const allowed = allowedLetters('blob', what, true);
  const wrong = [...letters].filter((letter) => !allowed.has(letter));
  if (wrong.length > 0)
    faults.push({
      path: 'permissions',
      message: `a ${what} has no permission ${wrong.join(', ')}; it has ${inAzureOrder(allowed, 'blob')}`,
    });
  return inAzureOrder(letters, 'blob');
}
