import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { withSection } from '../../../bench/page.ts';
import { formatRatio, keepsGoal } from '../../../bench/report.ts';

const machine = { processor: 'Some CPU', cores: 2, node: 'v20.20.2', loadAverage: 1.25 };
const section = {
  name: 'one',
  title: 'One',
  seconds: 12,
  figures: [
    { what: 'a ÷ b', value: 1.234, range: [1.1, 1.41] as const, goal: ['at most', 1.3] as const },
    { what: 'c ÷ d', value: 1234.5 },
  ],
};

describe('a page', () => {
  test('gets the table of a section, and nothing else changes', () => {
    const page = 'before\n<!-- bench:one -->\nold\n<!-- /bench:one -->\nafter';
    const written = withSection(page, { machine }, section);
    expect(written).toBe(
      [
        'before\n<!-- bench:one -->\n',
        'Some CPU, 2 cores, Node 20.20.2, load 1.3 at the start, 12 s.\n',
        '| what | ratio | rounds | goal |\n| --- | --- | --- | --- |',
        '| a ÷ b | 1.2 | 1.1 to 1.4 | ≤ 1.3 |\n| c ÷ d | 1,235 |  |  |\n',
        '<!-- /bench:one -->\nafter',
      ].join('\n'),
    );
    expect(withSection(written, { machine }, section)).toBe(written);
  });

  test('without the marks of a section is refused', () => {
    expect(() => withSection('<!-- bench:one -->', { machine }, section)).toThrow('bench:one');
  });

  test('docs/performance.md has a place for every section', () => {
    const root = join(import.meta.dirname, '../../..');
    const names = ['bench/sections.ts', 'bench/audit.ts']
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .flatMap((text) => [...text.matchAll(/\bname: '(\w+)'/g)].map(([, name = '']) => name));
    const page = readFileSync(join(root, 'docs/performance.md'), 'utf8');
    expect(names).toContain('token');
    for (const name of names)
      expect(() => withSection(page, { machine }, { ...section, name })).not.toThrow();
  });
});

test.each([
  [1.29, 'at most', 1.3, true],
  [1.31, 'at most', 1.3, false],
  [0.6, 'at least', 0.6, true],
  [0.59, 'at least', 0.6, false],
] as const)('%d is %s %d: %s', (value, kind, limit, kept) => {
  expect(keepsGoal({ what: 'a', value, goal: [kind, limit] })).toBe(kept);
  expect(keepsGoal({ what: 'a', value })).toBeNull();
});

test('a ratio has two digits, or all digits before the point', () => {
  expect([0.0123, 1.26, 23.4, 123.4].map(formatRatio)).toEqual(['0.012', '1.3', '23', '123.4']);
});
