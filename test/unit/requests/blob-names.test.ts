import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobResourceFaults, parseBlobPath } from '../../../shared/requests/blob-names.ts';
import { blobResourceSchema } from '../../../shared/requests/resource-schemas.ts';
import { blobUrl } from '../../../shared/requests/resource-url.ts';
import { ok } from '../../../shared/result.ts';
import { account } from '../../fakes/configuration.ts';

const TIME = '2026-11-22T15:15:00.1234567Z';
const faultOf = (blob: string) => blobResourceFaults({ container: 'uploads', blob })[0]?.message;

describe('a blob resource', () => {
  it.each(['abc', 'a1-b2-c3', '0'.repeat(63), '$root', '$web', '$logs', '$blobchangefeed'])(
    'may have the container %s',
    (container) => expect(blobResourceFaults({ container })).toEqual([]),
  );

  it.each([
    '',
    'ab',
    'a'.repeat(64),
    'Abc',
    'a--b',
    '-abc',
    'abc-',
    'a_b',
    'a.b',
    '$other',
    'abc/d',
    'ab\n',
    'é11',
  ])('must not have the container %j', (container) =>
    expect(blobResourceFaults({ container })).toMatchObject([{ path: 'container' }]),
  );

  it.each([
    'a',
    '%41.txt',
    'a b+c&?#.txt',
    '日本/naïve.txt',
    '.hidden/x',
    'a..b',
    "it's (1)",
    'x'.repeat(1024),
    '😀',
  ])('may have the blob %s', (blob) => expect(faultOf(blob)).toBeUndefined());

  it.each([
    ['', /1 to 1024/],
    ['x'.repeat(1025), /1 to 1024/],
    ['/a', /begin/],
    ['a/', /end with "\/"/],
    ['a//b', /empty segment/],
    ['.', /"\." or "\.\."/],
    ['a/../b', /"\." or "\.\."/],
    ['a./b', /dot/],
    ['a\\b', /backslash/],
    ['a\u0000b', /control/],
    ['a\u0085b', /control/],
    ['a%2Fb', /%2f/],
    ['a%2e', /%2e/],
    ['%5C', /%5c/],
    ['a\ud800b', /surrogate/],
    [Array(255).fill('a').join('/'), /254 segments/],
  ])('must not have the blob %j', (blob, message) => expect(faultOf(blob)).toMatch(message));

  it('may have a snapshot or a version of a blob, but not both', () => {
    const names = { container: 'uploads', blob: 'a' };
    expect(blobResourceFaults({ ...names, snapshot: TIME })).toEqual([]);
    expect(blobResourceFaults({ ...names, versionId: TIME })).toEqual([]);
    expect(blobResourceFaults({ ...names, versionId: TIME, snapshot: TIME })).toMatchObject([
      { path: 'versionId' },
    ]);
    expect(blobResourceFaults({ container: 'uploads', snapshot: TIME })).toMatchObject([
      { path: 'snapshot' },
    ]);
  });

  it.each(['2026-11-22T15:15:00Z', '2026-13-22T15:15:00.1234567Z', 'latest', ''])(
    'must not have the snapshot %j',
    (snapshot) =>
      expect(blobResourceFaults({ container: 'uploads', blob: 'a', snapshot })).toMatchObject([
        { path: 'snapshot' },
      ]),
  );

  it.each(['a', 'a/b c', 'x'.repeat(1024), Array(61).fill('a').join('/')])(
    'may be the directory %s',
    (directory) => expect(blobResourceFaults({ container: 'uploads', directory })).toEqual([]),
  );

  it.each([
    [{ directory: '' }, /1 to 1024/],
    [{ directory: 'a/' }, /end/],
    [{ directory: '/a' }, /begin/],
    [{ directory: 'a//b' }, /empty segment/],
    [{ directory: '..' }, /"\."/],
    [{ directory: Array(62).fill('a').join('/') }, /61 segments/],
    [{ directory: 'a', blob: 'b' }, /must not be combined with a blob/],
  ])('must not be the directory %j', (parts, message) =>
    expect(blobResourceFaults({ container: 'uploads', ...parts })).toMatchObject([
      { path: 'directory', message: expect.stringMatching(message) as string },
    ]),
  );

  it('must not have a snapshot or version of a directory', () =>
    expect(blobResourceFaults({ container: 'uploads', directory: 'a', snapshot: TIME })).toMatchObject([
      { path: 'snapshot', message: 'requires a blob' },
    ]));

  it('has a strict shape', () => {
    const resource = { service: 'blob', container: 'uploads', blob: 'a', versionId: TIME };
    expect(blobResourceSchema.safeParse(resource).success).toBe(true);
    expect(blobResourceSchema.safeParse({ ...resource, directory: 'd' }).success).toBe(true);
    expect(blobResourceSchema.safeParse({ ...resource, queue: 'q' }).success).toBe(false);
    expect(blobResourceSchema.safeParse({ ...resource, service: 'queue' }).success).toBe(false);
  });
});

describe("a URL's path", () => {
  it.each([
    ['uploads', { container: 'uploads' }],
    ['uploads/', { container: 'uploads' }],
    ['$root/a.txt', { container: '$root', blob: 'a.txt' }],
    ['%24root/a.txt', { container: '$root', blob: 'a.txt' }],
    ['uploads/a/b%20c+d%2B.txt', { container: 'uploads', blob: 'a/b c+d+.txt' }],
    ['uploads/%E6%97%A5/%23%3F.txt', { container: 'uploads', blob: '日/#?.txt' }],
    ['uploads/100%25', { container: 'uploads', blob: '100%' }],
    ['uploads/dir/', { container: 'uploads', directory: 'dir' }],
    ['uploads/dir/sub%20dir/', { container: 'uploads', directory: 'dir/sub dir' }],
  ])('%s is read', (path, names) => expect(parseBlobPath(path)).toEqual(ok(names)));

  it.each([
    ['uploads//', /directory must have 1/],
    ['uploads/dir//', /directory must not end/],
    ['/uploads/a', /container/],
    ['uploads//a', /begin with/],
    ['uploads/a%2fb', /%2f/],
    ['uploads/%2E%2e/b', /%2E/],
    ['uploads/a%5Cb', /%5C/],
    ['uploads/a\\b', /backslash/],
    ['uploads/../b', /"\." or "\.\."/],
    ['uploads/a//b', /empty segment/],
    ['uploads/a%00', /control/],
    ['uploads/%ff', /UTF-8/],
    ['uploads/100%', /UTF-8/],
    ['uploads/%ED%A0%80', /UTF-8/],
    ['uploads/%252e', /%2e/],
    ['', /container/],
  ])('%s is rejected', (path, message) =>
    expect(parseBlobPath(path)).toMatchObject({
      ok: false,
      fault: { message: expect.stringMatching(message) as string },
    }),
  );

  it('is rejected exactly if a URL parser would change an ASCII character of it', () => {
    const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(
      // These have another meaning in a URL, or their own rule.
      (character) => !['/', '\\', '?', '#', '%', '.'].includes(character),
    );
    for (const character of ascii)
      for (const path of [`uploads/a${character}b`, `uploads/a${character}`, `uploads/d${character}/b`]) {
        // Newer versions of the standard also encode "^", and RFC 3986 allows "|" nowhere.
        const isStable =
          !'^|'.includes(character) && new URL(`https://h/${path}`).href === `https://h/${path}`;
        expect([path, parseBlobPath(path).ok]).toEqual([path, isStable]);
      }
  });

  it('can be parsed back into its names, for all valid names', () => {
    const segment = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
    const names = fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .map((segments) => ({ container: 'uploads', blob: segments.join('/') }))
      .filter((resource) => blobResourceFaults(resource).length === 0);
    fc.assert(
      fc.property(names, (resource) => {
        const url = blobUrl(account(), { account: 'media', service: 'blob', ...resource });
        const path = url.slice(account().endpoints.blob.length + 1);
        expect(parseBlobPath(path)).toEqual(ok(resource));
        // No URL parser rewrites it on the way.
        expect(new URL(url).href).toBe(url);
      }),
    );
  });
});
