import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceResource } from '../../../shared/azure/resources.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { parseSasQuery } from '../../../shared/sas/sas-query.ts';
import { verifies } from '../../../shared/sas/sas-verification.ts';
import { sign } from '../../../shared/sas/sign-token.ts';
import { account } from '../../fakes/configuration.ts';
import { accountKey, authorizedToken, delegationKey, SAMPLE_KEY } from './sas-samples.ts';

const key = new SecretText(SAMPLE_KEY);
const media = account();
const ours = sign(authorizedToken(), accountKey(), null);
const [base = ''] = ours.url.split('?');

describe('a SAS query', () => {
  it.each(['a=1&b=x%20y', '?a=1&b=x+y', ' a=1&b=x y\n'])('is read: %j', (query) =>
    expect([...parseSasQuery(query)]).toEqual([
      ['a', '1'],
      ['b', 'x y'],
    ]),
  );

  it('is read even if a "+" in its signature was not percent-encoded', () => {
    expect(parseSasQuery('sig=a+b/c==').get('sig')).toBe('a+b/c==');
  });
});

describe('a token is verified', () => {
  it.each([
    ['with the URL it came with', ours.url, true],
    ['with a URL without its query', base, true],
    ['over http and another case of host', base.replace('https://media', 'HTTP://MEDIA'), true],
    ['not for another blob', base.replace('1.jpg', '2.jpg'), false],
    ['not for the same name in another case', base.replace('inbox', 'Inbox'), false],
    ['not without a URL', null, null],
    ['not at a host that is none of the account’s', base.replace('media', 'other'), null],
    ['not at the endpoint itself', media.endpoints.blob, null],
    ['not at a path that is no UTF-8', `${media.endpoints.blob}/uploads/%ff`, null],
  ])('%s', (_how, url, verdict) => expect(verifies(url, ours.query, media, key)).toBe(verdict));

  it.each([
    ['se', '2026-11-22T16:15:00Z'],
    ['sp', 'rw'],
    ['sr', 'c'],
    ['spr', 'https,http'],
  ])('not with another %s', (name, value) => {
    const query = new URLSearchParams(ours.query);
    query.set(name, value);
    expect(verifies(ours.url, query.toString(), media, key)).toBe(false);
  });

  it('of a container from the URL of any blob in it', () => {
    const resource = { account: 'media', service: 'blob', container: 'uploads' } as const;
    const { query } = sign(authorizedToken({ resource, permissions: 'rl' }), accountKey(), null);
    expect(verifies(`${media.endpoints.blob}/uploads/any%20one`, query, media, key)).toBe(true);
    expect(verifies(`${media.endpoints.blob}/photos/any`, query, media, key)).toBe(false);
  });

  it.each(['snapshot', 'versionId'] as const)('of a %s with the time in its URL', (member) => {
    const { resource } = authorizedToken();
    const time = { [member]: '2026-11-22T15:15:00.1234567Z' };
    const signed = sign(authorizedToken({ resource: { ...resource, ...time } }), accountKey(), null);
    expect(verifies(signed.url, signed.query, media, key)).toBe(true);
    expect(verifies(base, signed.query, media, key)).toBe(false);
  });

  it('never if its key is not an account key', () => {
    const signed = sign(authorizedToken({ kind: 'user-delegation' }), delegationKey(), null);
    expect(verifies(signed.url, signed.query, media, key)).toBeNull();
  });

  it.each(['sr=s&', 'sr=f&', 'sr=x&', 'sr=d&', 'sr=d&sdd=0&', 'sr=d&sdd=3&', ''])(
    'never if the URL names no resource of its kind: %s',
    (fields) => expect(verifies(base, `sv=2025-11-05&${fields}sp=r&sig=abc`, media, key)).toBeNull(),
  );

  it.each<[string, ServiceResource, string]>([
    ['a queue', { account: 'media', service: 'queue', queue: 'jobs' }, 'jobs2'],
    ['a share', { account: 'media', service: 'file', share: 'docs' }, 'docs2'],
    ['a file', { account: 'media', service: 'file', share: 'docs', file: 'a b/ü.txt' }, 'docs/other'],
    ['a directory', { account: 'media', service: 'blob', container: 'fs', directory: 'a/b' }, 'fs/a/c'],
  ])('of %s from its URL, and not from another', (_what, resource, other) => {
    const { url, query } = sign(authorizedToken({ resource }), accountKey(), null);
    const endpoint = media.endpoints[resource.service];
    expect(verifies(url, query, media, key)).toBe(true);
    expect(verifies(`${endpoint}/${other}`, query, media, key)).toBe(false);
    expect(verifies(null, query, media, key)).toBeNull();
    expect(verifies(`${media.endpoints.table}/${other}`, query, media, key)).toBeNull();
  });

  it('of a directory from the URL of anything below it, and not from one above it', () => {
    const resource = { account: 'media', service: 'blob', container: 'fs', directory: 'a/b' } as const;
    const { url, query } = sign(authorizedToken({ resource }), accountKey(), null);
    expect(verifies(`${url.split('?')[0]!}/c/d.txt`, query, media, key)).toBe(true);
    expect(verifies(`${media.endpoints.blob}/fs/a`, query, media, key)).toBeNull();
  });

  it('of a table and of an account without any URL', () => {
    const table = { account: 'media', service: 'table', table: 'Inventory', partitionKeyStart: 'a' } as const;
    const forTable = sign(authorizedToken({ resource: table }), accountKey(), null).query;
    expect(verifies(null, forTable, media, key)).toBe(true);
    expect(verifies(null, forTable.replace('spk=a', 'spk=b'), media, key)).toBe(false);
    const whole = { account: 'media', services: ['table'], resourceTypes: ['object'] } as const;
    const forAccount = sign(authorizedToken({ kind: 'account', resource: whole }), accountKey(), null).query;
    expect(verifies(null, forAccount, media, key)).toBe(true);
    expect(verifies(null, forAccount.replace('ss=t', 'ss=b'), media, key)).toBe(false);
  });

  it('is undecided if a newer layout may sign more', () => {
    const query = 'sv=2030-01-01&sr=b&sp=r&se=2030-01-01&sig=abc';
    expect(verifies(base, query, media, key)).toBeNull();
  });
});

describe('garbage', () => {
  const part = fc.constantFrom(
    'sv=2025-11-05',
    'sr=b',
    'sr=bs',
    'sr=d',
    'sr=f',
    'sdd=1',
    'tn=%',
    'ss=b',
    'srt=o',
    'sig=%',
    'sig=a',
    '%',
    '&',
    '=',
    '?',
  );
  const query = fc
    .array(fc.oneof(part, fc.string({ unit: 'binary' })), { maxLength: 8 })
    .map((parts) => parts.join('&'));
  const url = fc.option(
    fc.oneof(
      fc.constant(base),
      fc.string().map((tail) => base + tail),
      fc.string({ unit: 'binary' }),
    ),
  );

  it('neither throws nor verifies', () => {
    fc.assert(
      fc.property(url, query, (where, what) => {
        expect(verifies(where, what, media, key)).not.toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
