import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, matches, wideness } from '../../../shared/grants/resource-pattern.ts';
import { pattern } from '../../fakes/configuration.ts';

const covers = (source: string, path: string, claims: Record<string, unknown> = {}) => {
  const [account = '', service = 'blob', ...rest] = path.split('/');
  return matches(pattern(source), { account, service: service as 'blob', path: rest }, claims);
};

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
    ['media/file/Docs/**', 'media/file/docs/Report.TXT', true],
    ['media/file/docs/report.txt', 'media/file/DOCS/REPORT.txt', true],
  ])('%s on %s: %s', (source, path, expected) => {
    expect(covers(source, path)).toBe(expected);
  });

  it('puts a claim’s value into one segment', () => {
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
    ['nothing', ''],
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
  ])('%j is refused with a message', (source, text) => {
    expect(compilePattern(source)).toContain(text);
  });

  it('ranks a literal before a wildcard before any depth', () => {
    const ranks = ['media/blob/a/b', 'media/blob/a/*', 'media/blob/a/b/**', 'media/blob/a/**'].map((s) =>
      wideness(pattern(s)),
    );
    expect([...ranks].sort((a, b) => a - b)).toEqual(ranks);
  });

  it('with one wildcard matches exactly what its prefix and suffix say', () => {
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

  it('never lets a claim reach outside its own segment', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 12 }),
        fc.array(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        (oid, path) => {
          const resource = { account: 'media', service: 'blob', path: ['uploads', ...path] } as const;
          if (matches(pattern('media/blob/uploads/${claims.oid}'), resource, { oid }))
            expect(path).toEqual([oid]);
        },
      ),
    );
  });
});
