import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileResourceFaults, parseFilePath } from '../../../shared/requests/file-names.ts';
import { fileResourceSchema } from '../../../shared/requests/resource-schemas.ts';
import { fileUrl } from '../../../shared/requests/resource-url.ts';
import { ok } from '../../../shared/result.ts';
import { account } from '../../fakes/configuration.ts';

const share = 'docs';

describe('a file resource', () => {
  it.each(['', 'ab', 'Docs', 'a--b', '-abc', 'a_b', '$root', 'docs/a'])(
    'must not have the share %j',
    (name) => expect(fileResourceFaults({ share: name })).toMatchObject([{ path: 'share' }]),
  );

  it.each([
    undefined,
    'a',
    'dir/é file.txt',
    '%41+&#;=.txt',
    '.hidden/x',
    'a..b',
    "it's (1)",
    'x'.repeat(255),
  ])('may have the file %s', (file) => expect(fileResourceFaults({ share, file })).toEqual([]));

  it.each([
    ['', /1 to 2048/],
    [Array(206).fill('a123456789').join('/'), /1 to 2048/],
    ['x'.repeat(256), /more than 255/],
    [`a/${'x'.repeat(256)}/b`, /more than 255/],
    [Array(251).fill('a').join('/'), /250 segments/],
    ['/a', /begin/],
    ['a/', /end/],
    ['a//b', /empty segment/],
    ['a/./b', /"\." or "\.\."/],
    ['../a', /"\." or "\.\."/],
    ['a./b', /dot/],
    ['a\\b', /backslash/],
    ['a\u0001', /control/],
    ['a\ud800', /surrogate/],
    ['a%2Fb', /%2f/],
    ...Array.from('":|<>*?', (character): [string, RegExp] => [
      `a${character}b`,
      /must not contain any of the characters/,
    ]),
  ])('must not have the file %j', (file, message) =>
    expect(fileResourceFaults({ share, file })).toMatchObject([
      { path: 'file', message: expect.stringMatching(message) as string },
    ]),
  );

  it('has a strict shape', () => {
    expect(fileResourceSchema.safeParse({ service: 'file', share, file: 'a' }).success).toBe(true);
    expect(fileResourceSchema.safeParse({ service: 'file', share, path: 'a' }).success).toBe(false);
    expect(fileResourceSchema.safeParse({ service: 'file' }).success).toBe(false);
  });
});

describe("a URL's path", () => {
  it.each([
    ['docs', { share }],
    ['docs/', { share }],
    ['docs/a/b%20c.txt', { share, file: 'a/b c.txt' }],
    ['docs/%25', { share, file: '%' }],
  ])('%s is read', (path, names) => expect(parseFilePath(path)).toEqual(ok(names)));

  it.each([
    ['docs/a/', /no SAS for a directory/],
    ['docs//', /no SAS for a directory/],
    ['docs/a%2fb', /%2f/],
    ['docs/%2e%2e', /%2e/],
    ['docs/a%3Ab', /must not contain any of the characters/],
    ['docs/%', /UTF-8/],
    ['', /share must be/],
  ])('%s is rejected', (path, message) =>
    expect(parseFilePath(path)).toMatchObject({
      ok: false,
      fault: { message: expect.stringMatching(message) as string },
    }),
  );

  it('can be parsed back into its names, for all valid names', () => {
    const names = fc
      .array(fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 })
      .map((segments) => ({ share, file: segments.join('/') }))
      .filter((resource) => fileResourceFaults(resource).length === 0);
    fc.assert(
      fc.property(names, (resource) => {
        const url = fileUrl(account(), { account: 'media', service: 'file', ...resource });
        expect(parseFilePath(url.slice(account().endpoints.file.length + 1))).toEqual(ok(resource));
        expect(new URL(url).href).toBe(url);
      }),
    );
  });
});
