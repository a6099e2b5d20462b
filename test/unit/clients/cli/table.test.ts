import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, cutMiddle, fold, jsonLine, printable, widthOf } from '../../../../clients/cli/printable.ts';
import { bullets, fields, table } from '../../../../clients/cli/table.ts';
import { readableDuration, readableTime } from '../../../../clients/cli/times.ts';

/** What a terminal may obey, or what hides or turns text. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const anyText = fc.string({ unit: 'binary' });
const narrow = fc.string({ unit: 'grapheme-ascii' });

describe('text for a terminal', () => {
  it.each([
    ['plain Ä 漢 é', 'plain Ä 漢 é'],
    ['\u001b[2J\u001b]0;x\u0007', '\\u{1b}[2J\\u{1b}]0;x\\u{7}'],
    ['a\r\nb\tc', 'a\\u{d}\\u{a}b\\u{9}c'],
    ['\u009b31m', '\\u{9b}31m'],
    ['gpj.\u202eexe', 'gpj.\\u{202e}exe'],
    ['\u2066x\u2069 a\u200bb \ufeff', '\\u{2066}x\\u{2069} a\\u{200b}b \\u{feff}'],
    ['\u2028\u2029', '\\u{2028}\\u{2029}'],
    ['\ud800', '\\u{d800}'],
    ['\u{e0041}', '\\u{e0041}'],
  ])('has no character that it obeys: %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('is safe as JSON too, and means the same', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(text)).not.toMatch(DANGEROUS);
        const line = jsonLine({ text });
        expect(line).not.toMatch(DANGEROUS);
        expect(JSON.parse(line)).toEqual({ text });
      }),
    );
  });

  it.each([
    ['abcdef', 6, 'abcdef', 'abcdef'],
    ['abcdef', 5, 'abcd…', 'ab…ef'],
    ['漢字漢字', 5, '漢字…', '漢…字'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…', 'e…'],
  ])('is cut to its width: %s to %i', (text, width, end, middle) => {
    expect(cut(text, width)).toBe(end);
    expect(cutMiddle(text, width).replace(/\p{Mn}/gu, '')).toBe(middle.replace(/\p{Mn}/gu, ''));
    expect(widthOf(cut(text, width))).toBeLessThanOrEqual(width);
  });

  it('is folded between words, and loses nothing but spaces', () => {
    expect(fold('one two three', 8)).toEqual(['one two', 'three']);
    expect(fold('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    fc.assert(
      fc.property(narrow, fc.integer({ min: 2, max: 30 }), (text, width) => {
        const lines = fold(text, width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it.each([
    ['2026-11-28T10:15:00Z', '2026-11-28 10:15:00Z'],
    [null, '-'],
    [undefined, '-'],
    ['nonsense', 'nonsense'],
  ])('shows the time %s as %s', (instant, shown) => {
    expect(readableTime(instant)).toBe(shown);
  });

  it.each([
    ['PT42M', '42 min'],
    ['P1DT2H3M4S', '1 d 2 h 3 min 4 s'],
    ['PT0S', '0 s'],
    ['soon', 'soon'],
  ])('shows the duration %s as %s', (duration, shown) => {
    expect(readableDuration(duration)).toBe(shown);
  });
});

describe('a table', () => {
  const columns = [
    { title: 'TIME', long: 'whole' },
    { title: 'NAME' },
    { title: 'DETAIL', long: 'fold' },
  ] as const;

  it('is aligned by what a terminal shows', () => {
    const rows = [
      { cells: ['1', '漢字', 'x'], below: 'the-id' },
      { cells: [null, 'a', 22] },
      { cells: ['', undefined, 'y'] },
    ];
    expect(table(columns, rows, Infinity)).toEqual([
      'TIME  NAME  DETAIL',
      '1     漢字  x',
      '    the-id',
      '-     a     22',
      '-     -     y',
    ]);
  });

  it('cuts and folds its long columns until it fits, but no time', () => {
    const time = '2026-11-28 10:15:00Z';
    const lines = table(columns, [{ cells: [time, 'n'.repeat(50), 'some words and some more words'] }], 60);
    expect(lines.every((line) => line.length <= 60)).toBe(true);
    expect(lines.slice(1)).toEqual([
      `${time}  ${'n'.repeat(15)}…  some words and some`,
      `${' '.repeat(20)}  ${' '.repeat(16)}  more words`,
    ]);
  });

  it('is wider than the terminal rather than unreadable, and never loops', () => {
    const lines = table(
      columns,
      [{ cells: ['12345678901234567890', 'abcdefghijkl', 'word '.repeat(9)] }],
      10,
    );
    expect(lines[1]).toContain('abcdefg…');
  });

  it('obeys no name, whatever is in it', () => {
    fc.assert(
      fc.property(anyText, anyText, fc.integer({ min: 1, max: 90 }), (one, other, width) => {
        const lines = [
          ...table(columns, [{ cells: [one, other, one], below: other }], width),
          ...fields([['name', one]], width),
          ...bullets([other], width),
        ];
        expect(lines.join('')).not.toMatch(DANGEROUS);
      }),
    );
  });

  it('has fields without empty values, and does not fold an id', () => {
    const id = 'x'.repeat(90);
    expect(
      fields(
        [
          ['id', id],
          ['none', null],
          ['empty', ''],
          ['grant', 'read'],
        ],
        40,
      ),
    ).toEqual([`  id     ${id}`, '  grant  read']);
  });
});
