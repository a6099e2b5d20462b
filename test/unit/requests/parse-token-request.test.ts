import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { parseTokenRequest } from '../../../shared/requests/parse-token-request.ts';
import { account } from '../../fakes/configuration.ts';

const now = new Date('2026-11-22T12:00:00.400Z');
const accounts = new Map([account(), account({ name: 'archive' })].map((one) => [one.name, one]));
const url = 'https://media.blob.core.windows.net/uploads/inbox/1.jpg';
const resource = { account: 'media', service: 'blob', container: 'uploads' };

const parse = (body: unknown, callerIp: string | null = '203.0.113.7') =>
  parseTokenRequest(body, { accounts, callerIp, entraUser: null, now });

function faultsOf(body: unknown, callerIp?: string | null): { path: string; message: string }[] {
  try {
    parse(body, callerIp);
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    expect(error.code).toBe('invalid_request');
    return [...error.errors];
  }
  return [];
}

describe('a token request', () => {
  it('is read from a URL', () => {
    expect(parse({ url, permissions: 'wc' })).toEqual({
      resource: { account: 'media', service: 'blob', container: 'uploads', blob: 'inbox/1.jpg' },
      permissions: 'cw',
      startsAt: null,
      expiresAt: null,
      kind: 'auto',
      ip: null,
      protocol: 'https',
      responseHeaders: {},
      encryptionScope: null,
      policy: null,
      boundUser: null,
      agent: null,
      revocable: false,
      clamp: false,
      purpose: null,
    });
  });

  it('is read from a URL at the dfs endpoint if an account is hierarchical, without telling which accounts are known', () => {
    const lake = new Map(
      [account({ name: 'lake', hierarchical: true }), account()].map((one) => [one.name, one]),
    );
    const read = (host: string, known = lake) =>
      parseTokenRequest(
        { url: `https://${host}/uploads/inbox/1.jpg`, permissions: 'r' },
        { accounts: known, callerIp: null, entraUser: null, now },
      ).resource;
    for (const name of ['lake', 'media', 'unknown'])
      expect(read(`${name}.dfs.core.windows.net`)).toEqual({
        ...resource,
        account: name,
        blob: 'inbox/1.jpg',
      });
    expect(() => read('lake.dfs.example')).toThrow(BrokerError);
    expect(() => read('media.dfs.core.windows.net', accounts)).toThrow(BrokerError);
  });

  it('is read from parts, with permission names', () => {
    const parsed = parse({
      resource: { ...resource, blob: 'a b.txt', snapshot: '2026-11-22T12:00:00.1234567Z' },
      permissions: ['read'],
    });
    expect(parsed.resource).toEqual({
      ...resource,
      blob: 'a b.txt',
      snapshot: '2026-11-22T12:00:00.1234567Z',
    });
    expect(parsed.permissions).toBe('r');
  });

  it.each([
    ['https://media.blob.core.windows.net/photos', { container: 'photos' }],
    ['HTTPS://MEDIA.blob.core.windows.net:443/photos', { container: 'photos' }],
    ['https://media.blob.core.windows.net/photos/a%20b%2B.txt', { container: 'photos', blob: 'a b+.txt' }],
    ['https://media.blob.core.windows.net/photos/%E2%82%AC', { container: 'photos', blob: '€' }],
    ['https://media.blob.core.windows.net/photos/100%25', { container: 'photos', blob: '100%' }],
  ])('%s', (text, names) => {
    expect(parse({ url: text, permissions: 'r' }).resource).toEqual({
      account: 'media',
      service: 'blob',
      ...names,
    });
  });

  it.each([
    ['PT15M', '2026-11-22T12:15:00Z'],
    [90, '2026-11-22T12:01:30Z'],
    ['P1DT1S', '2026-11-23T12:00:01Z'],
  ])('ttl %s counts from now, in whole seconds', (ttl, expected) => {
    expect(parse({ url, permissions: 'r', ttl }).expiresAt).toEqual(new Date(expected));
  });

  it('ttl counts from startsAt if it is given', () => {
    const parsed = parse({ url, permissions: 'r', ttl: 'PT1H', startsAt: '2026-11-22T14:00:00+01:00' });
    expect(parsed).toMatchObject({
      startsAt: new Date('2026-11-22T13:00:00Z'),
      expiresAt: new Date('2026-11-22T14:00:00Z'),
    });
  });

  it('ip "caller" is replaced with the caller’s own address', () => {
    expect(parse({ url, permissions: 'r', ip: 'caller' }).ip).toBe('203.0.113.7');
  });

  it.each<[string, object, string, RegExp]>([
    ['both url and resource', { url, resource }, 'url', /exactly one/],
    ['neither url nor resource', {}, 'url', /exactly one/],
    ['an unknown member', { url, premissions: 'r' }, 'premissions', /not a known member/],
    [
      'an unknown member of a member',
      { resource: { ...resource, blub: 'x' } },
      'resource.blub',
      /not a known member/,
    ],
    ['a member that every object inherits', { url, constructor: 1 }, 'constructor', /not a known member/],
    ['another host', { url: 'https://evil.example/uploads/x' }, 'url', /storage endpoint of this broker/],
    [
      'a look-alike host',
      { url: 'https://media.blob.core.windows.net.evil.example/c/x' },
      'url',
      /storage endpoint/,
    ],
    ['another scheme', { url: 'ftp://media.blob.core.windows.net/uploads/x' }, 'url', /absolute https URL/],
    ['plain http', { url: 'http://media.blob.core.windows.net/uploads/x' }, 'url', /storage endpoint/],
    ['a relative URL', { url: 'uploads/x' }, 'url', /absolute https URL/],
    ['a query', { url: `${url}?sv=1` }, 'url', /must not have a query/],
    ['a fragment', { url: `${url}#x` }, 'url', /query or fragment/],
    [
      'a user part',
      { url: 'https://me:pw@media.blob.core.windows.net/uploads/x' },
      'url',
      /must not have a user part/,
    ],
    ['a backslash', { url: 'https://media.blob.core.windows.net/uploads/a\\x' }, 'url', /backslash/],
    [
      'a backslash in the host',
      { url: 'https://media.blob.core.windows.net\\c/x' },
      'url',
      /absolute https URL/,
    ],
    ['a relative segment', { url: 'https://media.blob.core.windows.net/uploads/../x' }, 'url', /\.\./],
    ['a dot segment', { url: 'https://media.blob.core.windows.net/uploads/./x' }, 'url', /"\."/],
    ['an encoded dot', { url: 'https://media.blob.core.windows.net/uploads/%2e%2E/x' }, 'url', /%2e/i],
    ['an encoded slash', { url: 'https://media.blob.core.windows.net/uploads/a%2fb' }, 'url', /%2f/i],
    ['an encoded backslash', { url: 'https://media.blob.core.windows.net/uploads/a%5Cb' }, 'url', /%5c/i],
    ['an empty segment', { url: 'https://media.blob.core.windows.net/uploads/a//b' }, 'url', /empty/],
    [
      'an encoded control character',
      { url: 'https://media.blob.core.windows.net/uploads/a%00b' },
      'url',
      /control/,
    ],
    ['a broken escape', { url: 'https://media.blob.core.windows.net/uploads/a%zz' }, 'url', /%/],
    ['a raw trailing space', { url: `${url} ` }, 'url', /percent-encode names: " " as "%20"$/],
    ['a raw tab', { url: `${url}\t` }, 'url', /remove the control characters.*: U\+0009 as "%09"$/],
    [
      'raw characters that only some parsers encode',
      { url: 'https://media.blob.core.windows.net/uploads/a^{b}|c^' },
      'url',
      /: "\^" as "%5E", "\{" as "%7B", "\}" as "%7D", "\|" as "%7C"$/,
    ],
    ['no container', { url: 'https://media.blob.core.windows.net/' }, 'url', /container/],
    ['a queue by a table’s URL', { url: 'https://media.table.core.windows.net/a/b/c' }, 'url', /./],
    [
      'an invalid container name',
      { resource: { ...resource, container: 'Up_Loads' } },
      'resource.container',
      /./,
    ],
    ['a short container name', { resource: { ...resource, container: 'ab' } }, 'resource.container', /3/],
    ['a double hyphen', { resource: { ...resource, container: 'a--b' } }, 'resource.container', /hyphen/],
    ['a long blob name', { resource: { ...resource, blob: 'x'.repeat(1025) } }, 'resource.blob', /1,?024/],
    ['a deep blob name', { resource: { ...resource, blob: 'x/'.repeat(255) + 'x' } }, 'resource.blob', /254/],
    ['a trailing dot', { resource: { ...resource, blob: 'a.' } }, 'resource.blob', /dot/],
    ['a relative part', { resource: { ...resource, blob: 'a/../b' } }, 'resource.blob', /\.\./],
    ['a backslash in parts', { resource: { ...resource, blob: 'a\\b' } }, 'resource.blob', /backslash/],
    ['an encoded slash in parts', { resource: { ...resource, blob: 'a%2Fb' } }, 'resource.blob', /%2f/i],
    [
      'a snapshot of a container',
      { resource: { ...resource, snapshot: '2026-11-22T12:00:00.1234567Z' } },
      'resource.snapshot',
      /blob/,
    ],
    [
      'snapshot and version',
      {
        resource: {
          ...resource,
          blob: 'a',
          snapshot: '2026-11-22T12:00:00.1234567Z',
          versionId: '2026-11-22T12:00:00.1234567Z',
        },
      },
      'resource.versionId',
      /snapshot/,
    ],
    [
      'no account although two are configured',
      { resource: { service: 'blob', container: 'uploads' } },
      'resource.account',
      /required/,
    ],
    [
      'an unknown service',
      { resource: { account: 'media', service: 'disk', queue: 'jobs' } },
      'resource.service',
      /blob, queue, table, file/,
    ],
    [
      'a letter that does not apply to a blob',
      { url, permissions: 'rl' },
      'permissions',
      /does not support the permission l/,
    ],
    ['an unknown letter', { url, permissions: 'rz' }, 'permissions', /"z"/],
    ['an unknown name', { url, permissions: ['rewrite'] }, 'permissions', /"rewrite"/],
    ['no permission', { url, permissions: '' }, 'permissions', /at least one/],
    ['an empty list', { url, permissions: [] }, 'permissions', /at least one/],
    ['ttl and expiresAt', { url, ttl: 60, expiresAt: '2026-11-22T13:00:00Z' }, 'ttl', /only one/],
    ['a ttl of zero seconds', { url, ttl: 'PT0S' }, 'ttl', /at least one second/],
    ['a negative ttl', { url, ttl: -5 }, 'ttl', /at least one second/],
    ['a ttl in months', { url, ttl: 'P1M' }, 'ttl', /duration/],
    ['an expiry in the past', { url, expiresAt: '2026-11-22T11:59:59Z' }, 'expiresAt', /future/],
    ['an expiry without offset', { url, expiresAt: '2026-11-22T13:00:00' }, 'expiresAt', /ISO 8601/],
    ['an expiry that is not a time', { url, expiresAt: '2026-13-45T99:00:00Z' }, 'expiresAt', /ISO 8601/],
    [
      'a start after the expiry',
      { url, startsAt: '2026-11-22T14:00:00Z', expiresAt: '2026-11-22T13:00:00Z' },
      'startsAt',
      /before/,
    ],
    ['more than 7 days', { url, kind: 'user-delegation', ttl: 'P8D' }, 'ttl', /7 days/],
    [
      'more than 7 days by expiry',
      { url, kind: 'user-delegation', expiresAt: '2026-12-01T00:00:00Z' },
      'expiresAt',
      /7 days/,
    ],
    ['an unknown kind', { url, kind: 'master' }, 'kind', /user-delegation/],
    ['an account SAS of a blob', { url, kind: 'account' }, 'kind', /services and resourceTypes/],
    ['CIDR', { url, ip: '203.0.113.0/24' }, 'ip', /CIDR/],
    ['IPv6', { url, ip: '2001:db8::1' }, 'ip', /IPv6/],
    ['an address with leading zeros', { url, ip: '010.0.0.1' }, 'ip', /IPv4/],
    ['a short address', { url, ip: '10.1' }, 'ip', /IPv4/],
    [
      'a backwards range',
      { url, ip: '10.0.0.9-10.0.0.1' },
      'ip',
      /first address is not greater than its last/,
    ],
    ['plain http alone', { url, protocol: 'http' }, 'protocol', /https/],
    [
      'CR and LF in a header',
      { url, responseHeaders: { contentType: 'text/plain\r\nSet-Cookie: a=b' } },
      'responseHeaders.contentType',
      /control/,
    ],
    [
      'a header that is not ASCII',
      { url, responseHeaders: { contentLanguage: 'naïve' } },
      'responseHeaders.contentLanguage',
      /^must be printable ASCII$/,
    ],
    [
      'a file name that is not ASCII',
      { url, responseHeaders: { contentDisposition: 'inline; filename="写真 1.jpg"' } },
      'responseHeaders.contentDisposition',
      /^must be printable ASCII; use inline; filename\*=UTF-8''%E5%86%99%E7%9C%9F%201\.jpg \(RFC 8187\)$/,
    ],
    [
      'a disposition without a file name',
      { url, responseHeaders: { contentDisposition: 'pièce jointe' } },
      'responseHeaders.contentDisposition',
      /; encode a file name as in attachment; filename\*=UTF-8''%C3%A9\.txt \(RFC 8187\)$/,
    ],
    [
      'a file name too long to encode',
      { url, responseHeaders: { contentDisposition: `attachment; filename=${'写'.repeat(200)}` } },
      'responseHeaders.contentDisposition',
      /use a shorter file name/,
    ],
    [
      'only white space in a header',
      { url, responseHeaders: { cacheControl: '  ' } },
      'responseHeaders.cacheControl',
      /white space/,
    ],
    [
      'an unknown header',
      { url, responseHeaders: { etag: 'x' } },
      'responseHeaders.etag',
      /not a known member/,
    ],
    ['an invalid encryption scope', { url, encryptionScope: 'a b' }, 'encryptionScope', /3 to 63/],
    ['a long purpose', { url, purpose: 'x'.repeat(257) }, 'purpose', /256/],
    [
      'a SAS in a purpose',
      { url, purpose: `retry of ?sv=1&sig=${'a'.repeat(40)}` },
      'purpose',
      /must not contain a SAS/,
    ],
    [
      'a percent-encoded SAS in a purpose',
      { url, purpose: `u=https%3A%2F%2Fh%3Fsig%3D${'a'.repeat(40)}` },
      'purpose',
      /must not contain a SAS/,
    ],
    ['clamp that is not a boolean', { url, clamp: 'yes' }, 'clamp', /./],
  ])('%s causes exactly one fault', (_what, members, path, message) => {
    const faults = faultsOf({ permissions: 'r', ...members });
    expect(faults.map((fault) => fault.path)).toEqual([path]);
    expect(faults[0]?.message).toMatch(message);
  });

  it.each([
    ['an IPv6 caller', '2001:db8::1', /IPv6/],
    ['a private caller', '10.0.0.4', /not public/],
    ['an unknown caller', null, /unknown/],
  ])('ip "caller" is rejected for %s', (_what, ip, message) => {
    const [fault] = faultsOf({ url, permissions: 'r', ip: 'caller' }, ip);
    expect(fault).toMatchObject({ path: 'ip', message: expect.stringMatching(message) as string });
  });

  it('reports every fault at once', () => {
    const faults = faultsOf({
      url: 'https://evil.example/x',
      ttl: 'soon',
      startsAt: 'now',
      ip: '10.0.0.0/8',
      protocol: 'http',
      responseHeaders: { contentType: 'a\nb', etag: 'x' },
      surplus: true,
    });
    expect(faults.map(({ path }) => path).sort()).toEqual([
      'ip',
      'permissions',
      'protocol',
      'responseHeaders.contentType',
      'responseHeaders.etag',
      'startsAt',
      'surplus',
      'ttl',
      'url',
    ]);
  });

  it('accepts URLs of unknown accounts, so the reply does not reveal which accounts are configured', () => {
    const elsewhere = (name: string) =>
      parse({ url: `https://${name}.blob.core.windows.net/c01/x`, permissions: 'r' }).resource;
    expect(elsewhere('archive')).toEqual({
      account: 'archive',
      service: 'blob',
      container: 'c01',
      blob: 'x',
    });
    expect(elsewhere('nosuch')).toEqual({ account: 'nosuch', service: 'blob', container: 'c01', blob: 'x' });
  });

  it.each(
    ['x'.repeat(4000), 'media/blob/secret', 'MEDIA', 'me', '', 'media\n', '../media', 'x'.repeat(25)].map(
      (name) => [JSON.stringify(name).slice(0, 30), name] as const,
    ),
  )('refuses the name %s as an account, by parts and by URL', (_shown, name) => {
    const rule = 'must be a storage account name: 3 to 24 lower-case letters and digits';
    for (const parts of [resource, { services: ['blob'], resourceTypes: ['object'] }])
      expect(faultsOf({ resource: { ...parts, account: name }, kind: 'auto', permissions: 'r' })).toEqual([
        { path: 'resource.account', message: rule },
      ]);
    const local = account({
      endpoints: { ...account().endpoints, blob: 'https://127.0.0.1:10000/media' },
    });
    const read = () =>
      parseTokenRequest(
        {
          url: `https://127.0.0.1:10000/${encodeURIComponent(name).slice(0, 4000)}/c01/x`,
          permissions: 'r',
        },
        { accounts: new Map([['media', local]]), callerIp: null, entraUser: null, now },
      );
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_request' }) as Error);
  });

  it('never throws any other error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.dictionary(
            fc.constantFrom('url', 'resource', 'permissions', 'ttl', 'expiresAt', 'ip', 'kind', '__proto__'),
            fc.jsonValue(),
          ),
        ),
        (body) => {
          try {
            parse(body);
          } catch (error) {
            expect(error).toBeInstanceOf(BrokerError);
          }
        },
      ),
    );
  });
});
