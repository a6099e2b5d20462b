import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuthorizedToken } from '../../../shared/grants/authorized-token.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import { parseSasQuery } from '../../../shared/issuing/sas-query.ts';
import { sign, type SigningKey } from '../../../shared/issuing/signer.ts';
import { account } from '../../fakes/configuration.ts';
import { accountKey, authorizedToken, delegationKey } from './sas-samples.ts';

const SCID = '20261122-1500-8003-8000-000000000005';
const blob = { account: 'media', service: 'blob', container: 'uploads', blob: 'inbox/1.jpg' } as const;

const keyFor = ({ kind }: AuthorizedToken): SigningKey =>
  kind === 'service' ? accountKey() : delegationKey();
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
      ...{ sv: '2025-11-05', sr: 'b', sp: 'rw', spr: 'https,http', sip: '203.0.113.7-203.0.113.9' },
      ...{ st: '2026-11-22T15:00:00Z', se: '2026-11-22T15:15:00Z', ses: 'scope1' },
      ...{ rscc: 'no-cache', rscd: 'attachment; filename="a b+c.txt"', sig: expect.any(String) as string },
    });
  });

  it('of a user delegation key carries the key’s fields and the correlation id', () => {
    const signed = sign(authorizedToken({ kind: 'user-delegation' }), delegationKey(), SCID);

    expect(Object.fromEntries(parseSasQuery(signed.query))).toMatchObject({
      ...{ scid: SCID, skoid: '11111111-aaaa-4bbb-8ccc-000000000001', sks: 'b', skv: '2026-04-06' },
      ...{ skt: '2026-11-22T11:45:00Z', ske: '2026-11-29T11:30:00Z' },
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
    ['an endpoint that refuses it', { unsupportedFields: new Set(['scid'] as const) }],
    ['a version that has none', { sasVersion: '2019-12-12' }],
  ])('leaves the correlation id out for %s', (_why, parts) => {
    const token = authorizedToken({ kind: 'user-delegation', account: account(parts) });
    const signed = sign(token, delegationKey(), SCID);
    expect([signed.correlationId, parseSasQuery(signed.query).has('scid')]).toEqual([null, false]);
  });

  it('is known by the hash of its decoded signature', () => {
    const { query, fingerprint, signedWith } = sign(authorizedToken(), accountKey(), null);
    const sig = new URLSearchParams(query).get('sig')!;
    expect(fingerprint).toBe(createHash('sha256').update(sig).digest('hex'));
    expect(signedWith).toEqual({ key: 'key1', secretVersion: 'v1' });
  });

  it('has a URL of endpoint, encoded names and itself', () => {
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

  it.each(['service', 'user-delegation'] as const)('has its letters in the order Azure wants: %s', (kind) => {
    const token = authorizedToken({ kind, permissions: 'iemtfylxdwcar' });
    const { container, service } = blob;
    const resource = { account: 'media', service, container };
    expect(fieldsOf({ ...token, resource })).toMatchObject({ sp: 'racwdxyltfmei', sr: 'c' });
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
      /RangeError/,
    ],
    [
      'a header that the SDK would drop',
      authorizedToken({ responseHeaders: { contentType: '' } }),
      accountKey(),
      /rsct/,
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

/** create-service-sas and create-user-delegation-sas, version 2025-07-05 and later, written out a second time. */
function documentedSignature(token: AuthorizedToken, fields: Record<string, string | undefined>): string {
  const { resource } = token;
  const name = `/blob/media/${resource.container}${resource.blob === undefined ? '' : `/${resource.blob}`}`;
  const f = (key: string): string => fields[key] ?? '';
  const delegation = [
    ...[f('skoid'), f('sktid'), f('skt'), f('ske'), f('sks'), f('skv')],
    ...['', '', f('scid'), '', ''],
  ];
  const lines = [
    ...[f('sp'), f('st'), f('se'), name, ...(token.kind === 'service' ? [''] : delegation)],
    ...[f('sip'), f('spr'), f('sv'), f('sr'), resource.snapshot ?? resource.versionId ?? '', f('ses')],
    ...(token.kind === 'user-delegation' && f('sv') >= '2026-04-06' ? ['', ''] : []),
    ...[f('rscc'), f('rscd'), f('rsce'), f('rscl'), f('rsct')],
  ];
  const secret = keyFor(token).key.value.reveal();
  return createHmac('sha256', Buffer.from(secret, 'base64')).update(lines.join('\n')).digest('base64');
}

describe('whatever the fields', () => {
  const headerText = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => text.isWellFormed());
  const header = fc.option(headerText, { nil: undefined });
  const time = fc.option(fc.constant('2026-11-22T15:15:00.1234567Z'), { nil: undefined });
  const tokens = fc
    .record({
      kind: fc.constantFrom('service', 'user-delegation'),
      sasVersion: fc.constantFrom('2025-07-05', '2025-11-05', '2026-04-06'),
      name: fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), { nil: undefined }),
      snapshot: time,
      permissions: fc.shuffledSubarray(Array.from('racwdxytmei'), { minLength: 1 }),
      startsAt: fc.option(fc.constant(new Date('2026-11-22T15:00:00Z')), { nil: null }),
      ip: fc.option(fc.constantFrom('203.0.113.7', '203.0.113.0-203.0.113.255'), { nil: null }),
      protocol: fc.constantFrom('https', 'https,http'),
      encryptionScope: fc.option(fc.constant('scope1'), { nil: null }),
      headers: fc.record({ cacheControl: header, contentDisposition: header, contentType: header }),
    })
    .map(({ sasVersion, name, snapshot, permissions, headers, ...rest }) =>
      authorizedToken({
        ...(rest as Partial<AuthorizedToken>),
        account: account({ sasVersion }),
        permissions: permissions.join(''),
        responseHeaders: JSON.parse(JSON.stringify(headers)) as object,
        resource: {
          ...{ account: 'media', service: 'blob', container: 'uploads' },
          ...(name === undefined ? {} : { blob: name, ...(snapshot === undefined ? {} : { snapshot }) }),
        },
      }),
    );

  it('the signature is the one that the documentation describes, over just what the query says', () => {
    fc.assert(
      fc.property(tokens, fc.option(fc.constant(SCID), { nil: null }), (token, scid) => {
        const { query } = sign(token, keyFor(token), scid);
        const fields = Object.fromEntries(new URLSearchParams(query)) as Record<string, string>;
        expect(fields['sig']).toBe(documentedSignature(token, fields));
        expect(query).toMatch(/^(?:[a-z]+=[\w%.~!*'()-]+(?:&|$))+$/);
      }),
      { numRuns: 300 },
    );
  });
});
