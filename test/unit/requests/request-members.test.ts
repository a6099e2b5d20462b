import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { parseTokenRequest } from '../../../shared/requests/parse-token-request.ts';
import { account } from '../../fakes/configuration.ts';

const now = new Date('2026-11-22T12:00:00.400Z');
const USER = { objectId: 'an-oid', tenantId: 'a-tid' };
const blob = { account: 'media', service: 'blob', container: 'uploads', blob: 'x' };
const queue = { account: 'media', service: 'queue', queue: 'jobs' };
const table = { account: 'media', service: 'table', table: 'Inventory' };
const file = { account: 'media', service: 'file', share: 'docs', file: 'a' };
const whole = { account: 'media', services: ['blob'], resourceTypes: ['object'] };

const parse = (body: object, entraUser: typeof USER | null = USER) =>
  parseTokenRequest(body, { accounts: new Map([['media', account()]]), callerIp: null, entraUser, now });

function faultsOf(body: object, entraUser?: typeof USER | null): { path: string; message: string }[] {
  try {
    parse(body, entraUser);
  } catch (error) {
    if (error instanceof BrokerError && error.code === 'invalid_request') return [...error.errors];
    throw error;
  }
  return [];
}

const userDelegation = { kind: 'user-delegation' };
const delegationOnly = 'requires a user delegation SAS, but a stored access policy requires a service SAS';
const ENTRA =
  'requires a caller whose token has the claims oid and tid from a Microsoft Entra issuer, because storage knows no other users';
const PERMISSION_RULE = (what: string, wrong: string, has: string) =>
  `a ${what} does not support the permission ${wrong}; it supports ${has}`;

it('permissions are not reported as missing if the policy is faulty', () => {
  for (const policy of ['', 'x'.repeat(65), 7, null])
    expect(faultsOf({ resource: blob, policy }).map(({ path }) => path)).toEqual(['policy']);
});

describe('each member that only some kinds of SAS support', () => {
  it.each<[string, object, string, string]>([
    // policy
    [
      'an empty policy id',
      { policy: '' },
      'policy',
      'must be the id of a stored access policy: 1 to 64 characters',
    ],
    [
      'a policy id of 65 characters',
      { policy: 'x'.repeat(65) },
      'policy',
      'must be the id of a stored access policy: 1 to 64 characters',
    ],
    [
      'a policy id with a control character',
      { policy: 'a\nb' },
      'policy',
      'must be the id of a stored access policy: 1 to 64 characters',
    ],
    ['a policy that is not text', { policy: 5 }, 'policy', 'must be a string'],
    [
      'a policy in a user delegation SAS',
      { ...userDelegation, policy: 'p' },
      'policy',
      'is supported by service SAS only; a user delegation SAS would silently drop it',
    ],
    [
      'a policy in an account SAS',
      { resource: whole, kind: 'account', policy: 'p' },
      'policy',
      'is not supported by an account SAS',
    ],
    // revocable
    ['revocable that is not a boolean', { revocable: 'yes' }, 'revocable', 'must be true or false'],
    [
      'revocable and a policy',
      { revocable: true, policy: 'p' },
      'revocable',
      'give only one of policy and revocable; the broker selects the policy of a revocable token',
    ],
    [
      'a revocable user delegation SAS',
      { ...userDelegation, revocable: true },
      'revocable',
      'requires a stored access policy, which only a service SAS supports',
    ],
    [
      'a revocable account SAS',
      { resource: whole, kind: 'account', revocable: true },
      'revocable',
      'requires a stored access policy, which an account SAS does not support',
    ],
    // bindTo
    ['binding to another user', { bindTo: 'alice' }, 'bindTo', 'must be caller'],
    [
      'binding a service SAS',
      { kind: 'service', bindTo: 'caller' },
      'bindTo',
      'requires a user delegation SAS, because no other SAS can be bound to its caller',
    ],
    [
      'binding an account SAS',
      { resource: whole, kind: 'account', bindTo: 'caller' },
      'bindTo',
      'requires a user delegation SAS, because no other SAS can be bound to its caller',
    ],
    ['binding a token with a policy', { policy: 'p', bindTo: 'caller' }, 'bindTo', delegationOnly],
    ['binding a revocable token', { revocable: true, bindTo: 'caller' }, 'bindTo', delegationOnly],
    // agent
    ['an unknown kind of agent', { agent: 'caller' }, 'agent', 'must be one of authorized, unauthorized'],
    [
      'an agent of a service SAS',
      { kind: 'service', agent: 'authorized' },
      'agent',
      'requires a user delegation SAS, because no other SAS can name an agent',
    ],
    [
      'an agent of an account SAS',
      { resource: whole, kind: 'account', agent: 'authorized' },
      'agent',
      'requires a user delegation SAS, because no other SAS can name an agent',
    ],
    ['an agent of a token with a policy', { policy: 'p', agent: 'unauthorized' }, 'agent', delegationOnly],
    ['an agent of a revocable token', { revocable: true, agent: 'authorized' }, 'agent', delegationOnly],
    [
      'an agent of a file',
      { resource: file, agent: 'authorized' },
      'agent',
      'is not supported by a file SAS',
    ],
    [
      'an agent of a table',
      { resource: table, agent: 'authorized' },
      'agent',
      'is not supported by a table SAS',
    ],
    [
      'an agent of a queue',
      { resource: queue, agent: 'unauthorized' },
      'agent',
      'is not supported by a queue SAS',
    ],
    // encryptionScope, responseHeaders
    [
      'an encryption scope with a space',
      { encryptionScope: 'a b' },
      'encryptionScope',
      'must be 3 to 63 letters, digits and hyphens, beginning and ending with a letter or digit',
    ],
    [
      'an encryption scope of a queue',
      { resource: queue, encryptionScope: 'scope1' },
      'encryptionScope',
      'is not supported by a queue SAS',
    ],
    [
      'an encryption scope of a file',
      { resource: file, encryptionScope: 'scope1' },
      'encryptionScope',
      'is not supported by a file SAS',
    ],
    [
      'headers of a table',
      { resource: table, responseHeaders: { contentType: 'a/b' } },
      'responseHeaders',
      'are not supported by a table SAS',
    ],
    [
      'headers of an account SAS',
      { resource: whole, kind: 'account', responseHeaders: { contentType: 'a/b' } },
      'responseHeaders',
      'are not supported by an account SAS',
    ],
    // kind
    [
      'an account SAS of a resource',
      { kind: 'account' },
      'kind',
      'must not be "account" for a resource of one service; an account SAS needs services and resourceTypes',
    ],
    [
      'services without the kind account',
      { resource: whole },
      'kind',
      'must be "account" for a resource with services and resourceTypes',
    ],
    [
      'a user delegation SAS of a table',
      { resource: table, ...userDelegation },
      'kind',
      'must not be "user-delegation" for a table, because no SDK signs such a SAS yet; use "service"',
    ],
    // permissions of each service
    [
      'a blob’s letter on a queue',
      { resource: queue, permissions: 'w' },
      'permissions',
      PERMISSION_RULE('queue', 'w', 'raup'),
    ],
    [
      'a queue’s letter on a table',
      { resource: table, permissions: 'p' },
      'permissions',
      PERMISSION_RULE('table', 'p', 'raud'),
    ],
    [
      'listing a file',
      { resource: file, permissions: 'rl' },
      'permissions',
      `${PERMISSION_RULE('file', 'l', 'rcwd')}. To list, request a token for the whole container or share`,
    ],
    [
      'the letter f for one blob',
      { permissions: 'f' },
      'permissions',
      PERMISSION_RULE('blob', 'f', 'racwdxytmeopi'),
    ],
    [
      'a letter that does not apply to an account SAS of blobs',
      { resource: whole, kind: 'account', permissions: 'u' },
      'permissions',
      'an account SAS for blob does not support the permission u; it supports rwdxylactfi',
    ],
    [
      'a queue’s name for a letter of a blob',
      { permissions: ['read', 'process'] },
      'permissions',
      PERMISSION_RULE('blob', 'process', 'racwdxytmeopi'),
    ],
    [
      'a table’s name for a letter of a blob',
      { permissions: ['query'] },
      'permissions',
      PERMISSION_RULE('blob', 'query', 'racwdxytmeopi'),
    ],
    [
      'a blob’s name for a letter of a queue',
      { resource: queue, permissions: ['permissions'] },
      'permissions',
      PERMISSION_RULE('queue', 'permissions', 'raup'),
    ],
    [
      'a blob’s name for a letter of an account SAS',
      { resource: whole, kind: 'account', permissions: ['permissions'] },
      'permissions',
      'an account SAS for blob does not support the permission permissions, p; it supports rwdxylactfi',
    ],
    // resources
    [
      'a backwards partition range',
      { resource: { ...table, partitionKeyStart: 'b', partitionKeyEnd: 'a' } },
      'resource.partitionKeyEnd',
      'must not be before partitionKeyStart',
    ],
    [
      'a row key without its partition',
      { resource: { ...table, rowKeyStart: 'a' } },
      'resource.rowKeyStart',
      'requires partitionKeyStart',
    ],
    [
      'a duplicate service',
      { resource: { ...whole, services: ['blob', 'blob'] }, kind: 'account' },
      'resource.services',
      'must list blob only once',
    ],
    [
      'an unknown resource type',
      { resource: { ...whole, resourceTypes: ['blob'] }, kind: 'account' },
      'resource.resourceTypes[0]',
      'must be one of service, container, object',
    ],
    [
      'a resource with services and a service',
      { resource: { ...blob, services: ['blob'] } },
      'resource.services',
      'is not a known member; did you mean "service"?',
    ],
  ])('%s', (_what, members, path, message) => {
    const faults = faultsOf({ resource: blob, permissions: 'r', ...members });
    expect(faults.map((fault) => fault.path)).toEqual([path]);
    expect(faults[0]?.message).toBe(message);
  });

  it.each(['bindTo', 'agent'])('%s for a caller without an Entra issuer', (member) => {
    const value = member === 'agent' ? 'authorized' : 'caller';
    expect(faultsOf({ resource: blob, permissions: 'r', [member]: value }, null)).toEqual([
      { path: member, message: ENTRA },
    ]);
  });
});

it.each(['authorized', 'unauthorized'])('an %s agent is the object id of the caller', (agent) => {
  expect(parse({ resource: blob, permissions: 'r', agent }).agent).toEqual({
    kind: agent,
    objectId: 'an-oid',
  });
});

describe('text that is too long', () => {
  const header = { responseHeaders: { contentDisposition: `attachment; filename*=${"'".repeat(60_000)}é` } };
  it.each<[string, object, string, string]>([
    [
      'in a response header',
      header,
      'responseHeaders.contentDisposition',
      'must be at most 1,024 characters',
    ],
    ['of permissions', { permissions: 'cw'.repeat(30_000) }, 'permissions', 'must be at most 32 characters'],
    [
      'of wrong permissions',
      { permissions: 'Z'.repeat(60_000) },
      'permissions',
      'must be at most 32 characters',
    ],
  ])('%s is told its length only, without a search for a hint', (_what, members, path, message) => {
    expect(faultsOf({ resource: blob, permissions: 'cw', ...members })).toEqual([{ path, message }]);
  });

  it('of an address is refused like any other text', () => {
    const [fault] = faultsOf({ resource: blob, permissions: 'r', ip: '1-'.repeat(30_000) });
    expect(fault).toMatchObject({
      path: 'ip',
      message: expect.stringContaining('an IPv4 address') as string,
    });
  });
});
