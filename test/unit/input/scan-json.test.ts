import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanJson } from '../../../shared/input/scan-json.ts';

const LIMITS = { maxValues: 1000, maxDepth: 32 };

function scan(text: string, limits = LIMITS) {
  const result = scanJson(text, limits);
  if (!result.ok) throw new Error(result.fault.message);
  return result.value;
}

const repeatedPaths = (text: string) => scan(text).repeated.map(({ path }) => path);

/** The number of values in a JSON value, the outermost included. */
function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + countValues(inner), 1);
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('a scan of JSON text', () => {
  it.each([
    ['{"a":1,"a":2}', ['a']],
    ['{"permissions":"r","\\u0070ermissions":"rwd"}', ['permissions']],
    ['{"resource":{"account":"a","account":"b"}}', ['resource.account']],
    ['{"requests":[{"ttl":1},{"ttl":1,"ttl":2}]}', ['requests[1].ttl']],
    ['{"a":{"b":1},"c":{"b":1}}', []],
    ['{"a":"\\"a\\":1","b":"x"}', []],
    ['{"a":[{"b":1},{"b":1}]}', []],
    ['{"a b":1,"a b":2}', ['["a b"]']],
    ['{"":1,"":2}', ['[""]']],
  ])('finds the members given twice in %s', (text, paths) => {
    expect(repeatedPaths(text)).toEqual(paths);
  });

  it('reports each path once, and at most 20 of them', () => {
    expect(repeatedPaths(`{${'"a":1,'.repeat(50)}"b":1}`)).toEqual(['a']);
    const many = Array.from({ length: 50 }, (_, index) => `"m${index}":1,"m${index}":2`).join();
    expect(repeatedPaths(`{${many}}`)).toHaveLength(20);
  });

  it('counts values as JSON.parse makes them, whatever the text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const count = countValues(JSON.parse(text));
        expect(scanJson(text, { ...LIMITS, maxValues: count }).ok).toBe(true);
        expect(scanJson(text, { ...LIMITS, maxValues: count - 1 })).toMatchObject({
          fault: { reason: 'too-many-values' },
        });
      }),
    );
  });

  it('measures depth as JSON.parse nests, whatever the text', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value, null, 2);
        const depth = depthOf(JSON.parse(text));
        expect(scanJson(text, { ...LIMITS, maxDepth: depth }).ok).toBe(true);
        if (depth > 0)
          expect(scanJson(text, { ...LIMITS, maxDepth: depth - 1 })).toMatchObject({
            fault: { reason: 'too-deep' },
          });
      }),
    );
  });

  it('finds no repeated member in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(scan(JSON.stringify(value)).repeated).toEqual([]);
      }),
    );
  });

  it('tells where the items of a list below the root are', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), (requests) => {
        const text = JSON.stringify({ other: [1], requests }, null, 1);
        const found = scan(text).items.get('requests') ?? [];
        expect(found.map(({ start, end }) => JSON.parse(text.slice(start, end)) as unknown)).toEqual(
          JSON.parse(JSON.stringify(requests)),
        );
      }),
    );
  });

  it('never fails on text that is not JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('{}[],:"\\ a1\n')) }), (text) => {
        expect(() => scanJson(text, LIMITS)).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });

  it('ends at the first excess', () => {
    const deep = '['.repeat(1_000_000);
    expect(scanJson(deep, LIMITS)).toMatchObject({ fault: { reason: 'too-deep' } });
    const wide = `[${'1,'.repeat(500_000)}1]`;
    expect(scanJson(wide, LIMITS)).toMatchObject({ fault: { reason: 'too-many-values' } });
  });
});
