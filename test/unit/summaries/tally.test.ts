import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_MEMBERS, Tally } from '../../../shared/summaries/tally.ts';

const topOf = (tally: Tally<string>) => tally.top().map(({ member, count }) => `${member} ${count}`);

describe('a tally', () => {
  it('lists those with the most first, in one order whatever came first, at most 20', () => {
    const names = ['b', 'a', 'c', ...Array.from({ length: 30 }, (_, index) => `x${index + 10}`)];
    const listed = [names, [...names].reverse()].map((order) => {
      const tally = new Tally<string>();
      for (const name of order) tally.add([name], () => name);
      tally.add(['c'], () => 'c', 2);
      return topOf(tally);
    });
    expect(listed[0]).toEqual(listed[1]);
    expect(listed[0]!.slice(0, 4)).toEqual(['c 3', 'a 1', 'b 1', 'x10 1']);
    expect(listed[0]).toHaveLength(20);
  });

  it('does not confuse ids whose parts join to the same text', () => {
    const tally = new Tally<string>();
    tally.add(['a', 'b'], () => 'first');
    tally.add(['a","b'], () => 'second');
    tally.add(['ab', ''], () => 'third');
    expect(tally.size).toBe(3);
  });

  it('keeps no more than its limit, says so, and goes on counting those it has', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (numbers, limit) => {
          const tally = new Tally<number>(limit);
          for (const number of numbers) tally.add([String(number)], () => number, number + 1);
          const first = [...new Set(numbers)].slice(0, limit);
          const sum = numbers.filter((number) => first.includes(number)).reduce((a, b) => a + b + 1, 0);
          expect(tally.members().reduce((total, { count }) => total + count, 0)).toBe(sum);
          expect(tally.size).toBe(first.length);
          expect(tally.hasMore).toBe(new Set(numbers).size > limit);
        },
      ),
    );
    const large = new Tally<number>();
    for (let number = 0; number < MAX_MEMBERS * 2; number += 1) large.add([String(number)], () => number);
    expect([large.size, large.hasMore]).toEqual([MAX_MEMBERS, true]);
    expect(large.add(['another'], () => 1)).toBeNull();
  });
});
