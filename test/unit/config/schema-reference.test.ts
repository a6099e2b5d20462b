import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { schemaReference } from '../../../shared/config/schema-reference.ts';

const rowOf = (member: object, required: string[] = []) =>
  schemaReference({ properties: { one: member }, required })
    .split('\n')
    .at(-2);

describe('a row of the configuration reference', () => {
  it.each([
    [
      { type: 'string', maxLength: 5, description: 'A. Default x' },
      [],
      '| `one` | default x | text (up to 5 characters) | A |',
    ],
    [{ type: 'string', description: 'Default x' }, [], '| `one` | default x | text |  |'],
    [
      { type: 'integer', minimum: 1, maximum: 5, description: 'A' },
      ['one'],
      '| `one` | required | whole number (1–5) | A |',
    ],
    [{ enum: ['a', 'b'], description: 'A' }, [], '| `one` | optional | `a`, `b` | A |'],
    [
      { type: ['boolean', 'null'], description: 'A' },
      [],
      '| `one` | optional | `true`, `false`, `null` | A |',
    ],
    [
      { type: 'string', pattern: 'a|b', description: '<a>' },
      [],
      '| `one` | optional | text that matches `a\\|b` | &lt;a> |',
    ],
  ])('%j', (member, required, text) => {
    expect(rowOf(member, required)).toBe(text);
  });

  it('needs a description', () => {
    expect(() => rowOf({ type: 'string' })).toThrow('one has no description');
  });
});

describe('docs/configuration-reference.md', () => {
  it('has each object of the schema once', () => {
    const headings = readFileSync('docs/configuration-reference.md', 'utf8').match(/^## .+$/gm) ?? [];
    expect(headings).toContain('## accounts[].rotation');
    expect(headings).toContain('## grants[].callers[]');
    expect(new Set(headings).size).toBe(headings.length);
  });
});
