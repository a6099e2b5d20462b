import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceResource } from '../../../shared/azure/resources.ts';
import { compilePattern, findCoveringPatterns, wideness } from '../../../shared/config/resource-pattern.ts';
import { pattern } from '../../fakes/configuration.ts';

/** The resource whose canonical path this is; a trailing slash means a directory. */
function resourceAt(path: string): ServiceResource {
  const [account = '', service, first = '', ...names] = path.split('/');
  const below = names.join('/');
  if (service === 'queue') return { account, service, queue: first };
  if (service === 'table')
    return {
      account,
      service,
      table: first,
      ...(below && { partitionKeyStart: below, partitionKeyEnd: below }),
    };
  if (service === 'file') return { account, service, share: first, ...(below && { file: below }) };
  if (below.endsWith('/'))
    return { account, service: 'blob', container: first, directory: below.slice(0, -1) };
  return { account, service: 'blob', container: first, ...(below && { blob: below }) };
}

const matches = (source: string, resource: ServiceResource, claims: Record<string, unknown>) =>
  findCoveringPatterns([pattern(source)], resource, claims).length > 0;

const covers = (source: string, path: string, claims: Record<string, unknown> = {}) =>
  matches(source, resourceAt(path), claims);

describe('a resource pattern', () => {
  it.each([
    ['media/blob/photos', 'media/blob/photos', true],
    ['media/blob/photos', 'media/blob/photos/a.jpg', false],
    ['media/blob/photos/**', 'media/blob/photos', false],
    ['media/blob/photos/**', 'media/blob/photos/a.jpg', true],
    ['media/blob/photos/**', 'media/blob/photos/2026/11/a.jpg', true],
    ['media/blob/photos/**', 'media/blob/photos2/a.jpg', false],
    ['media/blob/photos/**', 'archive/blob/photos/a.jpg', false],
    ['media/blob/photos/**', 'media/queue/photos/a.jpg', false],
    ['media/blob/*', 'media/blob/photos', true],
    ['media/blob/*', 'media/blob/photos/a.jpg', false],
    ['media/blob/*/**', 'media/blob/photos/a.jpg', true],
    ['media/blob/photos/*.jpg', 'media/blob/photos/a.jpg', true],
    ['media/blob/photos/*.jpg', 'media/blob/photos/.jpg', true],
    ['media/blob/photos/*.jpg', 'media/blob/photos/x/a.jpg', false],
    ['media/blob/photos/*.jpg', 'media/blob/photos/a.jpg.exe', false],
    ['media/blob/photos/a*b*c', 'media/blob/photos/abc', true],
    ['media/blob/photos/a*b*c', 'media/blob/photos/axxbyyc', true],
    ['media/blob/photos/a*bc*c', 'media/blob/photos/abc', false],
    ['media/blob/photos/a*a', 'media/blob/photos/a', false],
    ['media/blob/Photos', 'media/blob/photos', false],
    ['media/blob/photos/**', 'media/blob/photos/2026/', true],
    ['media/blob/photos/2026/**', 'media/blob/photos/2026/', false],
    ['media/blob/photos/2026/**', 'media/blob/photos/2026/11/', true],
    ['media/blob/photos/*/**', 'media/blob/photos/2026/', false],
    ['media/blob/photos/2026/**', 'media/blob/photos/', false],
    ['media/blob/photos/2026', 'media/blob/photos/2026/', false],
    ['media/blob/photos/*', 'media/blob/photos/2026/', false],
    ['media/queue/jobs', 'media/queue/jobs', true],
    ['media/queue/*', 'media/queue/jobs', true],
    ['media/table/Inventory', 'media/table/Inventory', true],
    ['media/table/Inventory', 'media/table/Inventory/tenant1', false],
    ['media/table/Inventory/tenant1', 'media/table/Inventory/tenant1', true],
    ['media/table/Inventory/tenant1', 'media/table/Inventory', false],
    ['media/table/Inventory/**', 'media/table/Inventory/tenant1', true],
    ['media/file/Docs/**', 'media/file/docs/Report.TXT', true],
    ['media/file/docs/report.txt', 'media/file/DOCS/REPORT.txt', true],
    ['media/file/docs/kilo', 'media/file/docs/\u212ailo', false],
    ['media/file/docs/\u212ailo', 'media/file/docs/kilo', false],
    ['media/file/docs/É', 'media/file/docs/é', false],
    ['media/file/docs/*\u212a', 'media/file/docs/xK', false],
  ])('%s on %s: %s', (source, path, expected) => {
    expect(covers(source, path)).toBe(expected);
  });

  it.each([
    [['media/blob/u/${claims.oid}', 'media/blob/u/${claims.oid}/**'], 'o', true],
    [['media/blob/u/*', 'media/blob/u/${claims.oid}/**'], 'o', true],
    [['media/blob/u/**', 'media/blob/u/${claims.oid}/**'], 'o', true],
    [['media/blob/u/${claims.oid}'], 'o', false],
    [['media/blob/u/${claims.oid}/**'], 'o', false],
    [['media/blob/u/${claims.oid}', 'media/blob/u/${claims.oid}/x/**'], 'o', false],
    [['media/blob/u/${claims.oid}', 'media/blob/u/other/**'], 'o', false],
    [['media/blob/u/other', 'media/blob/u/${claims.oid}/**'], 'o', false],
    [['media/blob/u/${claims.oid}/**'], 'o/below', true],
  ])('%j cover the directory u/%s: %s', (sources, directory, expected) => {
    const resource = { account: 'media', service: 'blob', container: 'u', directory } as const;
    expect(findCoveringPatterns(sources.map(pattern), resource, { oid: 'o' }).length > 0).toBe(expected);
  });

  it('ignores the case of exactly the 26 ASCII letters in a file share', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }), (name) => {
        fc.pre(!/[*/$.\\\p{C}]/u.test(name));
        for (const other of [name.toLowerCase(), name.toUpperCase()]) {
          fc.pre(!/[*/$.\\\p{C}]/u.test(other));
          const ascii = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
          expect(covers(`media/file/docs/${name}`, `media/file/docs/${other}`)).toBe(
            ascii(name) === ascii(other),
          );
        }
      }),
    );
  });

  it('covers a range of partitions only with a whole wildcard', () => {
    const range = {
      account: 'media',
      service: 'table',
      table: 'Inventory',
      partitionKeyStart: 'a',
      partitionKeyEnd: 'c',
    } as const;
    const covering = (source: string) => matches(source, range, { oid: 'a' });
    expect(['media/table/Inventory/*', 'media/table/Inventory/**'].map(covering)).toEqual([true, true]);
    for (const source of ['a', 'a*', '*c', '${claims.oid}', '*a*c*'].map(
      (last) => `media/table/Inventory/${last}`,
    ))
      expect([source, covering(source)]).toEqual([source, false]);
  });

  it('replaces a claim with its value within one segment', () => {
    const source = 'media/blob/uploads/${claims.oid}/**';
    expect(covers(source, 'media/blob/uploads/o-1/a', { oid: 'o-1' })).toBe(true);
    expect(covers(source, 'media/blob/uploads/o-2/a', { oid: 'o-1' })).toBe(false);
    expect(
      covers('media/blob/uploads/user-${claims.oid}-*', 'media/blob/uploads/user-7-a', { oid: '7' }),
    ).toBe(true);
  });

  it.each([
    ['a slash', 'o/1'],
    ['a backslash', 'o\\1'],
    ['a wildcard', '*'],
    ['a control character', 'o\u0007'],
    ['a leading dot', '.o'],
    ['a trailing dot', 'o.'],
    ['a leading space', ' o'],
    ['a trailing space', 'o '],
    ['text that is not NFC', 'e\u0301'],
    ['empty text', ''],
    ['a list', ['o']],
    ['no value', undefined],
  ])('never matches a claim with %s', (_what, oid) => {
    const segment = typeof oid === 'string' ? oid : 'o';
    expect(covers('media/blob/uploads/${claims.oid}/**', `media/blob/uploads/${segment}/a`, { oid })).toBe(
      false,
    );
  });

  it('does not read claims that every object inherits', () => {
    expect(covers('media/blob/uploads/${claims.constructor}', 'media/blob/uploads/x', {})).toBe(false);
  });

  it.each([
    ['', 'account/service'],
    ['media', 'account/service'],
    ['media/blob', 'account/service'],
    ['media/blob/**', 'container'],
    ['*/blob/photos', 'account'],
    ['media/*/photos', 'second segment'],
    ['media/disk/photos', 'second segment'],
    ['media/blob//a', 'empty'],
    ['media/blob/photos/', 'empty'],
    ['media/blob/photos/../a', '".."'],
    ['media/blob/photos/**/a', 'last segment'],
    ['media/blob/photos/a**', 'last segment'],
    ['media/blob/photos/${oid}', '${claims.NAME}'],
    ['media/blob/photos/a\\b', 'backslashes'],
  ])('%j is rejected with a message', (source, text) => {
    const message: unknown = expect.stringContaining(text);
    expect(compilePattern(source)).toMatchObject({ ok: false, fault: { message } });
  });

  it('ranks a literal before a wildcard, and a wildcard before "**"', () => {
    const ranks = ['media/blob/a/b', 'media/blob/a/*', 'media/blob/a/b/**', 'media/blob/a/**'].map((s) =>
      wideness(pattern(s)),
    );
    expect([...ranks].sort((a, b) => a - b)).toEqual(ranks);
  });

  it('with one wildcard matches exactly the texts with its prefix and suffix', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 6 });
    fc.assert(
      fc.property(text, text, text, (prefix, suffix, name) => {
        fc.pre(name !== '' && !['.', '..'].includes(`${prefix}*${suffix}`));
        const expected =
          name.length >= prefix.length + suffix.length && name.startsWith(prefix) && name.endsWith(suffix);
        expect(covers(`media/blob/c/${prefix}*${suffix}`, `media/blob/c/${name}`)).toBe(expected);
      }),
    );
  });

  it('never matches more than one segment with a claim', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 12 }),
        fc.array(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        (oid, path) => {
          const resource = {
            account: 'media',
            service: 'blob',
            container: 'uploads',
            blob: path.join('/'),
          } as const;
          if (matches('media/blob/uploads/${claims.oid}', resource, { oid }))
            expect(path.join('/')).toBe(oid);
        },
      ),
    );
  });
});
