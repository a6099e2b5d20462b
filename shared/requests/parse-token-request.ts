import { isOfService, lettersOfWhat, scopeOf, type Resource } from '../azure/resources.ts';
import { BrokerError, type Fault } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { bindableAddress } from '../identity/caller-address.ts';
import { addSeconds, durationSeconds, formatDuration, parseInstant, wholeSecond } from '../iso-time.ts';
import { foreignNames, inAzureOrder, lettersFor, lettersOf } from '../azure/permissions.ts';
import { readMembers } from '../input/schema-faults.ts';
import { checkFit } from './request-fit.ts';
import { readResource } from './read-resource.ts';
import { type TokenRequest } from './token-request.ts';
import { tokenRequestSchema, type TokenRequestMembers } from './token-request-schema.ts';
import { MAX_USER_DELEGATION_TTL } from '../azure/limits.ts';

/** What a request is read against: nothing of it depends on what the caller may do. */
export interface RequestContext {
  readonly accounts: ReadonlyMap<string, StorageAccount>;
  /** The caller's own address, for `ip: "caller"`. */
  readonly callerIp: string | null;
  /** The caller as Microsoft Entra knows them, for `bindTo: "caller"`; null for a caller of another issuer. */
  readonly entraUser: TokenRequest['boundUser'];
  readonly now: Date;
}

/**
 * Reads the JSON of a token request: shape, names, letters, times.
 * @throws BrokerError `invalid_request` with every fault.
 */
export function parseTokenRequest(body: unknown, context: RequestContext): TokenRequest {
  const { members, faults: shapeFaults } = readMembers(tokenRequestSchema, body);
  // A union's faults say little: the resource is held against the one shape that it means to be.
  const faults = shapeFaults.filter(({ path }) => !/^resource\b/.test(path));
  const resource = readResource(body, members.url, context.accounts, faults);
  const times = readTimes(members, context.now, faults);
  const ip = readIp(members.ip, context.callerIp, faults);
  const permissions = readPermissions(members, resource, faults);
  const boundUser = readEntraUser('bindTo', members, context, faults);
  const agent = readAgent(members, context, faults);
  if (resource !== null) checkFit(members, resource, faults);
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
    policy: members.policy ?? null,
    revocable: members.revocable ?? false,
    boundUser,
    agent,
    clamp: members.clamp ?? false,
    purpose: members.purpose ?? null,
  };
}

function readTimes(members: TokenRequestMembers, now: Date, faults: Fault[]) {
  const startsAt = members.startsAt === undefined ? null : parseInstant(members.startsAt);
  const ttl = members.ttl === undefined ? null : durationSeconds(members.ttl);
  if (members.ttl !== undefined && members.expiresAt !== undefined)
    faults.push({ path: 'ttl', message: 'give only one of ttl and expiresAt' });
  const asked = members.ttl === undefined ? ('expiresAt' as const) : ('ttl' as const);
  const expiresAt =
    ttl !== null
      ? wholeSecond(addSeconds(startsAt ?? now, ttl))
      : members.expiresAt === undefined
        ? null
        : parseInstant(members.expiresAt);
  if (expiresAt === null) return { startsAt, expiresAt };
  if (expiresAt <= now) faults.push({ path: asked, message: 'must put the expiry in the future' });
  if (startsAt !== null && startsAt >= expiresAt)
    faults.push({ path: 'startsAt', message: 'must be before the expiry' });
  if (members.kind === 'user-delegation' && expiresAt > addSeconds(now, MAX_USER_DELEGATION_TTL))
    faults.push({
      path: asked,
      message: `must be at most ${formatDuration(MAX_USER_DELEGATION_TTL)} from now for a user delegation SAS (Azure allows 7 days; the rest is margin)`,
    });
  return { startsAt, expiresAt, expiryMember: asked };
}

function readIp(ip: string | undefined, callerIp: string | null, faults: Fault[]): string | null {
  if (ip !== 'caller') return ip ?? null;
  const address = bindableAddress(callerIp);
  if (address.ok) return address.ip;
  faults.push({ path: 'ip', message: `cannot be "caller" here: ${address.reason}` });
  return null;
}

/** Storage compares the caller with a user it knows, so somebody it knows must vouch for them. */
function readEntraUser(
  path: 'bindTo' | 'agent',
  members: TokenRequestMembers,
  { entraUser }: RequestContext,
  faults: Fault[],
): TokenRequest['boundUser'] {
  if (members[path] === undefined) return null;
  if (entraUser === null)
    faults.push({
      path,
      message:
        'needs a caller with the claims oid and tid of a Microsoft Entra issuer: storage knows no other users',
    });
  return entraUser;
}

function readAgent(
  members: TokenRequestMembers,
  context: RequestContext,
  faults: Fault[],
): TokenRequest['agent'] {
  const user = readEntraUser('agent', members, context, faults);
  return user && members.agent ? { kind: members.agent, objectId: user.objectId } : null;
}

/** Letters are held against the widest account there could be; the account's own limits come after the grant. */
function readPermissions(members: TokenRequestMembers, resource: Resource | null, faults: Fault[]): string {
  const letters = members.permissions === undefined ? null : lettersOf(members.permissions);
  if (letters === null) {
    // A faulty policy may have been meant to hold them.
    const isFaulty = faults.some(({ path }) => /^(?:permissions|policy)\b/.test(path));
    if (members.policy === undefined && !isFaulty)
      faults.push({ path: 'permissions', message: 'is required' });
    return '';
  }
  if (typeof letters === 'string' || resource === null) return '';
  const what = isOfService(resource)
    ? `a ${scopeOf(resource)}`
    : `an account SAS of ${resource.services.join(', ')}`;
  const allowed = lettersFor(resource, true);
  const order = lettersOfWhat(resource);
  const foreign = foreignNames(members.permissions ?? '', order);
  const wrong = [...foreign, ...[...letters].filter((letter) => !allowed.has(letter))];
  if (wrong.length > 0)
    faults.push({
      path: 'permissions',
      message: `${what} has no permission ${wrong.join(', ')}; it has ${inAzureOrder(allowed, order)}${hint(resource, wrong)}`,
    });
  return inAzureOrder(letters, order);
}

/** Listing belongs to the whole, reading to its parts: the commonest mix-up. */
function hint(resource: Resource, wrong: readonly string[]): string {
  const isPart = isOfService(resource) && ['blob', 'file'].includes(scopeOf(resource));
  return isPart && wrong.includes('l') ? '. Listing needs a token for the whole container or share' : '';
}
