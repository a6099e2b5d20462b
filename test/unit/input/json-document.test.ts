import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJson } from '../../../shared/input/json-document.ts';
import { fail, ok } from '../../../shared/result.ts';

describe('readJson', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(!text.includes('__proto__'));
        expect(readJson(text)).toEqual(ok({ value: JSON.parse(text) as unknown, faults: [] }));
      }),
    );
  });

  test('rejects what JSON.parse rejects, and never throws', () => {
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
        const document = readJson(text);
        expect(document.ok).toBe(parses);
        if (document.ok) expect(document.value.value).toEqual(JSON.parse(text));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['{\n  "a": 1,\n}', 'is not valid JSON at line 3, column 1: expected a member name in double quotes'],
    ['{"a" 1}', 'is not valid JSON at line 1, column 6: expected ":"'],
    ['{"a": [1 2]}', 'is not valid JSON at line 1, column 10: expected "," or "]"'],
    ['{} x', 'is not valid JSON at line 1, column 4: unexpected text after the JSON value'],
    ['', 'is not valid JSON at line 1, column 1: expected a JSON value'],
    ['// c', 'is not valid JSON at line 1, column 1: expected a JSON value'],
    [
      '"a\n"',
      'is not valid JSON at line 1, column 1: the string is not closed, or it has a raw control character or an invalid escape',
    ],
    ['['.repeat(40), 'is not valid JSON at line 1, column 34: nesting is deeper than 32 levels'],
  ])('reports where %j is wrong', (text, message) => {
    expect(readJson(text)).toEqual(fail({ path: '$', message }));
  });

  test('reports a duplicate member, because JSON.parse silently ignores the first one', () => {
    const document = readJson('{"a": [{"ip": "required", "ip": "any"}], "__proto__": 1}');
    expect(document.ok && document.value.faults).toEqual([
      { path: '$.a[0].ip', message: 'is a duplicate; keep only one' },
      { path: '$.__proto__', message: 'must not be a member name' },
    ]);
  });

  test('skips a byte order mark', () => {
    expect(readJson('\uFEFF{}')).toEqual(ok({ value: {}, faults: [] }));
  });
});
