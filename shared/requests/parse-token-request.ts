import type { Fault } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { bindableAddress } from '../identity/caller-address.ts';
import { combine } from '../input/combine.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { readMembers } from '../input/schema-faults.ts';
import { fail, ok, type Result } from '../result.ts';
import { readPermissions } from './read-permissions.ts';
import { readResource } from './read-resource.ts';
import { readTimes, type TokenTimes } from './read-times.ts';
import { fitFaults } from './request-fit.ts';
import { type TokenRequestMembers, tokenRequestSchema } from './token-request-schema.ts';
import type { TokenRequest } from './token-request.ts';

/** What a request is validated with. Nothing here depends on what the caller may do. */
export interface RequestContext {
  readonly accounts: ReadonlyMap<string, StorageAccount>;
  /** The caller's own address, for `ip: "caller"`. */
  readonly callerIp: string | null;
  /** The caller as a Microsoft Entra user, for `bindTo: "caller"`; null for a caller of another issuer. */
  readonly entraUser: TokenRequest['boundUser'];
  readonly now: Date;
}

/** The members that need more than their schema. */
interface ReadParts {
  readonly resource: TokenRequest['resource'];
  readonly times: TokenTimes;
  readonly ip: TokenRequest['ip'];
  readonly permissions: TokenRequest['permissions'];
  readonly boundUser: TokenRequest['boundUser'];
  readonly agent: TokenRequest['agent'];
}

/**
 * Reads the JSON of a token request: shape, names, letters and times.
 * @throws BrokerError `invalid_request` with every fault.
 */
export function parseTokenRequest(body: unknown, context: RequestContext): TokenRequest {
  const { members, faults: shapeFaults } = readMembers(tokenRequestSchema, body);
  const resource = readResource(body, members.url, context.accounts);
  const parts = combine<ReadParts>({
    resource,
    times: readTimes(members, context.now),
    ip: readIp(members.ip, context.callerIp),
    permissions: readPermissions(members, resource.ok ? resource.value : null, shapeFaults),
    boundUser: readEntraUser('bindTo', members, context),
    agent: readAgent(members, context),
  });
  const faults = [
    // The faults of a union say little. readResource validates the resource with the one schema that applies.
    ...shapeFaults.filter(({ path }) => !/^resource\b/.test(path)),
    ...(parts.ok ? [] : parts.fault),
    ...(resource.ok ? fitFaults(members, resource.value) : []),
  ];
  if (!parts.ok || faults.length > 0) throw invalidRequest('token request', faults);
  return tokenRequest(members, parts.value);
}

function tokenRequest(members: TokenRequestMembers, { times, ...parts }: ReadParts): TokenRequest {
  return {
    ...parts,
    ...times,
    kind: members.kind ?? 'auto',
    protocol: members.protocol ?? 'https',
    responseHeaders: members.responseHeaders ?? {},
    encryptionScope: members.encryptionScope ?? null,
    policy: members.policy ?? null,
    revocable: members.revocable ?? false,
    clamp: members.clamp ?? false,
    purpose: members.purpose ?? null,
  };
}

function readIp(ip: string | undefined, callerIp: string | null): Result<string | null, Fault[]> {
  if (ip !== 'caller') return ok(ip ?? null);
  const address = bindableAddress(callerIp);
  if (address.ok) return address;
  return fail([{ path: 'ip', message: `cannot be "caller", because ${address.fault.message}` }]);
}

/** Storage compares the caller with a user that it knows, so the caller must be a Microsoft Entra user. */
function readEntraUser(
  path: 'bindTo' | 'agent',
  members: TokenRequestMembers,
  { entraUser }: RequestContext,
): Result<TokenRequest['boundUser'], Fault[]> {
  if (members[path] === undefined) return ok(null);
  if (entraUser !== null) return ok(entraUser);
  const message =
    'requires a caller whose token has the claims oid and tid from a Microsoft Entra issuer, because storage knows no other users';
  return fail([{ path, message }]);
}

function readAgent(
  members: TokenRequestMembers,
  context: RequestContext,
): Result<TokenRequest['agent'], Fault[]> {
  const user = readEntraUser('agent', members, context);
  if (!user.ok) return user;
  const { agent } = members;
  return ok(user.value && agent ? { kind: agent, objectId: user.value.objectId } : null);
}
