import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJson } from '../../../shared/input/json-document.ts';

describe('readJson', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(!text.includes('__proto__'));
        expect(readJson(text)).toEqual({ value: JSON.parse(text) as unknown, faults: [] });
      }),
    );
  });

  test('refuses what JSON.parse refuses, and never throws', () => {
    const scraps = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"',
        '1',
        '-',
        '.5',
        '01',
        'true',
        'nul',
        ' ',
        '\\',
        '\n',
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(scraps, (parts) => {
        const text = parts.join('');
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        const { value, faults } = readJson(text);
        expect(value !== undefined).toBe(parses);
        if (!parses) expect(faults).toHaveLength(1);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['{\n  "a": 1,\n}', '$: is not JSON at line 3, column 1: a member name in double quotes must stand here'],
    ['{"a" 1}', '$: is not JSON at line 1, column 6: ":" must stand here'],
    ['{"a": [1 2]}', '$: is not JSON at line 1, column 10: "," or "]" must stand here'],
    ['{} x', '$: is not JSON at line 1, column 4: there is text after the end of the JSON value'],
    ['', '$: is not JSON at line 1, column 1: a JSON value must stand here'],
    ['// c', '$: is not JSON at line 1, column 1: a JSON value must stand here'],
    [
      '"a\n"',
      '$: is not JSON at line 1, column 1: this string is not closed, or has a raw control character or bad escape',
    ],
    ['['.repeat(40), '$: is not JSON at line 1, column 34: nesting is deeper than 32 levels'],
  ])('says where %j is wrong', (text, expected) => {
    expect(readJson(text).faults.map(({ path, message }) => `${path}: ${message}`)).toEqual([expected]);
  });

  test('tells of a member that is there twice, since one of the two would silently not count', () => {
    const { faults } = readJson('{"a": [{"ip": "required", "ip": "any"}], "__proto__": 1}');
    expect(faults).toEqual([
      { path: '$.a[0].ip', message: 'is there twice; keep one' },
      { path: '$.__proto__', message: 'must not be a member name' },
    ]);
  });

  test('passes over a byte order mark', () => {
    expect(readJson('\uFEFF{}')).toEqual({ value: {}, faults: [] });
  });
});
