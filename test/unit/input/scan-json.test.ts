import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanJson } from '../../../shared/input/scan-json.ts';

const LIMITS = { maxValues: 1000, maxDepth: 32 };

function scan(text: string) {
  const result = scanJson(text, LIMITS);
  if (!result.ok) throw new Error(result.fault.message);
  return result.value;
}

function split(text: string) {
  const result = scanJson(text, LIMITS, 'requests');
  if (!result.ok) throw new Error(result.fault.message);
  return result.value.items;
}

const repeatedPaths = (text: string) => scan(text).repeated.faults.map(({ path }) => path);

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

  it('reports each path once, at most 20 of them, and counts all', () => {
    expect(repeatedPaths(`{${'"a":1,'.repeat(50)}"b":1}`)).toEqual(['a']);
    const many = Array.from({ length: 50 }, (_, index) => `"m${index}":1,"m${index}":2`).join();
    expect(repeatedPaths(`{${many}}`)).toHaveLength(20);
    expect(scan(`{${many}}`).repeated.count).toBe(50);
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
        expect(scan(JSON.stringify(value)).repeated).toMatchObject({ faults: [], count: 0 });
      }),
    );
  });

  it('tells the text of each item of a list below the root, and how many values it has', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), (requests) => {
        const text = JSON.stringify({ other: [1], deeper: { requests: [1] }, requests, last: {} }, null, 1);
        const items = split(text);
        const parsed = JSON.parse(JSON.stringify(requests)) as unknown[];
        expect(items.map((item) => JSON.parse(item.text) as unknown)).toEqual(parsed);
        expect(items.map(({ values }) => values)).toEqual(parsed.map(countValues));
      }),
    );
  });

  it('tells the repeated members of each item apart, however many another item has', () => {
    const many = Array.from({ length: 50 }, (_, index) => `"m${index}":1,"m${index}":2`).join();
    const text = `{"requests":[{${many}},{"ok":1},3,{"a":{"b":1,"b":2}}],"more":1,"more":2}`;
    const items = split(text);
    expect(items.map(({ repeated }) => repeated.count)).toEqual([50, 0, 0, 1]);
    expect(items[3]?.repeated.faults).toEqual([{ path: 'a.b', message: 'is given more than once' }]);
    expect(scanJson(text, LIMITS, 'requests')).toMatchObject({
      value: { repeated: { faults: [{ path: 'more' }], count: 1 } },
    });
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
