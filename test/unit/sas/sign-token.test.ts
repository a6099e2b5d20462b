import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Resource } from '../../../shared/azure/resources.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import type { AuthorizedToken } from '../../../shared/grants/authorized-token.ts';
import type { SigningKey } from '../../../shared/keys/signing-keys.ts';
import { parseSasQuery } from '../../../shared/sas/sas-query.ts';
import { sign } from '../../../shared/sas/sign-token.ts';
import { account } from '../../fakes/configuration.ts';
import { accountKey, authorizedToken, delegationKey } from './sas-samples.ts';

const SCID = '20261122-1500-8003-8000-000000000005';
const queue = { account: 'media', service: 'queue', queue: 'jobs' } as const;
const table = { account: 'media', service: 'table', table: 'Inventory' } as const;
const share = { account: 'media', service: 'file', share: 'docs' } as const;
const directory = { account: 'media', service: 'blob', container: 'fs', directory: 'a/b c' } as const;
const whole: Resource = {
  account: 'media',
  services: ['table', 'queue', 'blob'],
  resourceTypes: ['object', 'service'],
};
const blob = { account: 'media', service: 'blob', container: 'uploads', blob: 'inbox/1.jpg' } as const;

const keyFor = ({ kind }: AuthorizedToken): SigningKey =>
  kind === 'user-delegation' ? delegationKey() : accountKey();
const fieldsOf = (token: AuthorizedToken, scid: string | null = null) =>
  Object.fromEntries(parseSasQuery(sign(token, keyFor(token), scid).query));

function reasonOf(act: () => unknown): string | null {
  try {
    act();
  } catch (error) {
    if (error instanceof BrokerError && error.code === 'internal') return error.reason;
    throw error;
  }
  return null;
}

describe('a signed token', () => {
  it('carries what was authorized and nothing else', () => {
    const token = authorizedToken({
      permissions: 'wr',
      startsAt: new Date('2026-11-22T15:00:00Z'),
      ip: '203.0.113.7-203.0.113.9',
      protocol: 'https,http',
      encryptionScope: 'scope1',
      responseHeaders: { cacheControl: 'no-cache', contentDisposition: 'attachment; filename="a b+c.txt"' },
    });

    expect(fieldsOf(token, SCID)).toEqual({
      sv: '2025-11-05',
      sr: 'b',
      sp: 'rw',
      spr: 'https,http',
      sip: '203.0.113.7-203.0.113.9',
      st: '2026-11-22T15:00:00Z',
      se: '2026-11-22T15:15:00Z',
      ses: 'scope1',
      rscc: 'no-cache',
      rscd: 'attachment; filename="a b+c.txt"',
      sig: expect.any(String) as string,
    });
  });

  it('of a user delegation key carries the key’s fields and the correlation id', () => {
    const signed = sign(authorizedToken({ kind: 'user-delegation' }), delegationKey(), SCID);

    expect(Object.fromEntries(parseSasQuery(signed.query))).toMatchObject({
      scid: SCID,
      skoid: '11111111-aaaa-4bbb-8ccc-000000000001',
      sks: 'b',
      skv: '2026-04-06',
      skt: '2026-11-22T11:45:00Z',
      ske: '2026-11-29T11:30:00Z',
    });
    expect(signed.correlationId).toBe(SCID);
    expect(signed.signedWith).toEqual({
      delegationKey: {
        objectId: '11111111-aaaa-4bbb-8ccc-000000000001',
        startsAt: new Date('2026-11-22T11:45:00Z'),
        expiresAt: new Date('2026-11-29T11:30:00Z'),
      },
    });
  });

  it.each([
    ['an endpoint that rejects it', { unsupportedFields: new Set(['scid'] as const) }],
    ['a version without one', { sasVersion: '2019-12-12' }],
  ])('leaves the correlation id out for %s', (_why, parts) => {
    const token = authorizedToken({ kind: 'user-delegation', account: account(parts) });
    const signed = sign(token, delegationKey(), SCID);
    expect([signed.correlationId, parseSasQuery(signed.query).has('scid')]).toEqual([null, false]);
  });

  it('is known by the hash of its decoded signature', () => {
    const { query, fingerprint, signedWith } = sign(authorizedToken(), accountKey(), null);
    const sig = new URLSearchParams(query).get('sig')!;
    expect(fingerprint).toBe(createHash('sha256').update(sig).digest('hex'));
    expect(signedWith).toEqual({ key: 'key1', secretVersion: 'v1', keyId: '0123456789abcdef' });
  });

  it('has a URL of the endpoint, the encoded names and the token', () => {
    const endpoints = { ...account().endpoints, blob: 'https://127.0.0.1:10000/media' };
    const token = authorizedToken({
      account: account({ endpoints }),
      resource: { ...blob, blob: "a b/naïve %41+&?#'(1).txt", snapshot: '2026-11-22T15:15:00.1234567Z' },
    });
    const { url, query } = sign(token, accountKey(), null);
    expect(url).toBe(
      `https://127.0.0.1:10000/media/uploads/a%20b/na%C3%AFve%20%2541%2B%26%3F%23'(1).txt?snapshot=2026-11-22T15%3A15%3A00.1234567Z&${query}`,
    );
  });

  it.each(['service', 'user-delegation'] as const)('has its letters in Azure’s order: %s', (kind) => {
    const token = authorizedToken({ kind, permissions: 'iemtfylxdwcar' });
    const { container, service } = blob;
    const resource = { account: 'media', service, container };
    expect(fieldsOf({ ...token, resource })).toMatchObject({ sp: 'racwdxyltfmei', sr: 'c' });
  });

  it.each<[string, Resource, string]>([
    ['queue', queue, 'https://media.queue.core.windows.net/jobs'],
    ['table', table, 'https://media.table.core.windows.net/Inventory'],
    ['share', share, 'https://media.file.core.windows.net/docs'],
    [
      'file',
      { ...share, file: 'a b/%41#ü.txt' },
      'https://media.file.core.windows.net/docs/a%20b/%2541%23%C3%BC.txt',
    ],
    ['directory', directory, 'https://media.blob.core.windows.net/fs/a/b%20c'],
    ['account', whole, 'https://media.blob.core.windows.net/'],
    [
      'account of tables',
      { ...whole, services: ['table', 'queue'] },
      'https://media.queue.core.windows.net/',
    ],
  ])('has the URL of its %s', (what, resource, url) => {
    const kind = what.startsWith('account') ? 'account' : 'service';
    const signed = sign(authorizedToken({ kind, resource }), accountKey(), null);
    expect(signed.url).toBe(`${url}?${signed.query}`);
  });

  it('leaves out what its policy sets', () => {
    const omit = { permissions: true, expiry: true, start: true };
    const token = authorizedToken({ policy: 'read & write+1', omit, startsAt: new Date() });
    expect(fieldsOf(token)).toEqual({
      sv: '2025-11-05',
      sr: 'b',
      spr: 'https',
      si: 'read & write+1',
      sig: expect.any(String) as string,
    });
  });

  it.each<[string, Resource, string]>([
    ['blob', blob, 'b'],
    ['directory', directory, 'b'],
    ['queue', queue, 'q'],
    ['share', share, 'f'],
  ])('bound to a user names user and tenant: %s', (_what, resource, service) => {
    const delegatedUser = { objectId: 'the-user', tenantId: 'the-tenant' };
    const token = authorizedToken({ kind: 'user-delegation', resource, delegatedUser });
    const signed = sign(token, delegationKey({ service, delegatedTenantId: 'the-tenant' }), null);
    expect(Object.fromEntries(parseSasQuery(signed.query))).toMatchObject({
      sduoid: 'the-user',
      skdutid: 'the-tenant',
      sks: service,
    });
  });

  it.each([
    ['saoid', 'authorized'],
    ['suoid', 'unauthorized'],
  ] as const)('names who acts in a hierarchical account: %s', (field, kind) => {
    const agent = { kind, objectId: 'the-user' };
    for (const resource of [blob, directory])
      expect(fieldsOf(authorizedToken({ kind: 'user-delegation', resource, agent }))).toMatchObject({
        [field]: 'the-user',
      });
  });

  it('states the depth of its directory, also in versions that its SDK does not know', () => {
    for (const sasVersion of ['2020-12-06', '2026-02-06', '2026-04-06'])
      expect(
        fieldsOf(authorizedToken({ resource: directory, account: account({ sasVersion }) })),
      ).toMatchObject({ sv: sasVersion, sr: 'd', sdd: '2' });
  });

  it('bounds the rows of a table, under the version of its SDK', () => {
    const resource = {
      ...table,
      partitionKeyStart: 'a b',
      partitionKeyEnd: 'c',
      rowKeyStart: '1',
      rowKeyEnd: 'é',
    };
    expect(fieldsOf(authorizedToken({ resource, permissions: 'du' }))).toMatchObject({
      sv: '2019-02-02',
      tn: 'Inventory',
      sp: 'ud',
      spk: 'a b',
      srk: '1',
      epk: 'c',
      erk: 'é',
    });
  });

  it('of an account has services, types and letters in Azure’s order', () => {
    const services = ['table', 'queue', 'file', 'blob'] as const;
    const resource = { ...whole, services, resourceTypes: ['object', 'container', 'service'] } as Resource;
    const permissions = 'iftpucalyxdwr';
    expect(fieldsOf(authorizedToken({ kind: 'account', resource, permissions }))).toMatchObject({
      ss: 'bfqt',
      srt: 'sco',
      sp: 'rwdxylacuptfi',
    });
  });

  it('carries no correlation id if its service logs none', () => {
    for (const resource of [queue, share]) {
      const signed = sign(authorizedToken({ kind: 'user-delegation', resource }), delegationKey(), SCID);
      expect(signed.correlationId).toBeNull();
    }
  });

  it('may have the letters of a hierarchical account that the SDK does not know', () => {
    expect(fieldsOf(authorizedToken({ permissions: 'rop' }))).toMatchObject({ sp: 'rop' });
    expect(fieldsOf(authorizedToken({ permissions: 'o' }))).toMatchObject({ sp: 'o' });
  });
});

describe('signing refuses', () => {
  const mismatched: [string, AuthorizedToken, SigningKey, RegExp][] = [
    [
      'a key of another kind',
      authorizedToken({ kind: 'user-delegation' }),
      accountKey(),
      /user-delegation token/,
    ],
    [
      'another account’s resource',
      authorizedToken({ account: account({ name: 'archive' }) }),
      accountKey(),
      /account/,
    ],
    [
      'a token that outlives its key',
      authorizedToken({ kind: 'user-delegation' }),
      delegationKey({ expiresAt: new Date('2026-11-22T15:14:59Z') }),
      /outlives/,
    ],
    ['letters of another service', authorizedToken({ permissions: 'ru' }), accountKey(), /sp/],
    [
      'a version newer than the SDK',
      authorizedToken({ account: account({ sasVersion: '2026-10-06' }) }),
      accountKey(),
      /sv/,
    ],
    [
      'a scope that the version has no line for',
      authorizedToken({ account: account({ sasVersion: '2020-10-02' }), encryptionScope: 'one' }),
      accountKey(),
      /ses/,
    ],
    [
      'a header that the SDK would drop',
      authorizedToken({ responseHeaders: { contentType: '' } }),
      accountKey(),
      /rsct/,
    ],
    [
      'a version that has no such letter',
      authorizedToken({ account: account({ sasVersion: '2020-02-10' }), permissions: 'i' }),
      accountKey(),
      /RangeError/,
    ],
    [
      'a policy in a user delegation SAS',
      authorizedToken({ kind: 'user-delegation', policy: 'readers' }),
      delegationKey(),
      /si/,
    ],
    [
      'permissions that nothing holds',
      authorizedToken({ omit: { permissions: true, expiry: false, start: false } }),
      accountKey(),
      /si/,
    ],
    ['no permissions', authorizedToken({ permissions: '' }), accountKey(), /sp/],
    [
      'a bound user in a service SAS',
      authorizedToken({ delegatedUser: { objectId: 'o', tenantId: 't' } }),
      accountKey(),
      /sduoid|skdutid/,
    ],
    [
      'a key for users of another tenant',
      authorizedToken({ kind: 'user-delegation', delegatedUser: { objectId: 'o', tenantId: 't' } }),
      delegationKey({ delegatedTenantId: 'u' }),
      /tenant/,
    ],
    [
      'a bound key for a token that is not',
      authorizedToken({ kind: 'user-delegation' }),
      delegationKey({ delegatedTenantId: 't' }),
      /tenant/,
    ],
    [
      'a bound user before 2025-07-05',
      authorizedToken({
        kind: 'user-delegation',
        account: account({ sasVersion: '2025-05-05' }),
        delegatedUser: { objectId: 'o', tenantId: 't' },
      }),
      delegationKey({ delegatedTenantId: 't' }),
      /sduoid|skdutid/,
    ],
    [
      'an acting user in a service SAS',
      authorizedToken({ agent: { kind: 'authorized', objectId: 'o' } }),
      accountKey(),
      /saoid/,
    ],
    [
      'an unchecked acting user in a service SAS',
      authorizedToken({ agent: { kind: 'unauthorized', objectId: 'o' } }),
      accountKey(),
      /suoid/,
    ],
    [
      'headers of a queue',
      authorizedToken({ resource: queue, responseHeaders: { contentType: 'a/b' } }),
      accountKey(),
      /rsct/,
    ],
    [
      'an encryption scope of a file',
      authorizedToken({ resource: share, encryptionScope: 'one' }),
      accountKey(),
      /ses/,
    ],
    [
      'user delegation for a table',
      authorizedToken({ kind: 'user-delegation', resource: table }),
      delegationKey(),
      /table SAS/,
    ],
    [
      'user delegation for a queue before 2025-07-05',
      authorizedToken({
        kind: 'user-delegation',
        resource: queue,
        account: account({ sasVersion: '2025-05-05' }),
      }),
      delegationKey(),
      /RangeError/,
    ],
    [
      'a version newer than the SDK of directories and the layouts',
      authorizedToken({ resource: directory, account: account({ sasVersion: '2026-10-06' }) }),
      accountKey(),
      /sv/,
    ],
    [
      'letters that no directory has',
      authorizedToken({ resource: directory, permissions: 'rt' }),
      accountKey(),
      /sp/,
    ],
    ['an account SAS for one blob', authorizedToken({ kind: 'account' }), accountKey(), /another kind/],
    ['a service SAS for an account', authorizedToken({ resource: whole }), accountKey(), /another kind/],
    [
      'an account SAS by a user delegation key',
      authorizedToken({ kind: 'account', resource: whole }),
      delegationKey(),
      /account token/,
    ],
    [
      'a policy in an account SAS',
      authorizedToken({ kind: 'account', resource: whole, policy: 'p' }),
      accountKey(),
      /si/,
    ],
    [
      'text that cannot be encoded',
      authorizedToken({ responseHeaders: { contentType: '\ud800' } }),
      accountKey(),
      /URIError/,
    ],
  ];

  it.each(mismatched)('%s', (_what, token, key, reason) => {
    expect(reasonOf(() => sign(token, key, null))).toMatch(reason);
  });
});
