import { describe, expect, it, test } from 'vitest';
import { barsOf, sentenceOf } from '../../../console/src/plots/live-bars.ts';
import { countTicks } from '../../../console/src/plots/ticks.ts';
import { lanesOf, startOf, timeTicks } from '../../../console/src/plots/timeline.ts';

const none = { userDelegation: 0, key1: 0, key2: 0, unnamed: 0 };
const hour = (at: number, counts: object) => ({
  hour: `2026-11-27T${at}:00:00Z`,
  ...none,
  ...counts,
});

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [7, [0, 2, 4, 6, 8]],
  [44, [0, 10, 20, 30, 40, 50]],
  [412, [0, 100, 200, 300, 400, 500]],
  [1000, [0, 200, 400, 600, 800, 1000]],
])('ticks up to %i are %j', (max, ticks) => {
  expect(countTicks(max)).toEqual(ticks);
});

describe('bars of live tokens', () => {
  const byHour = [hour(15, { userDelegation: 3, key1: 1 }), hour(16, { key2: 2 }), hour(17, { unnamed: 1 })];

  it('put what is not drawn into a last bar', () => {
    const bars = barsOf({ byHour, later: { ...none, key1: 4 } }, 2, (at) => at.slice(11, 16));
    expect(bars.map(({ label, total }) => [label, total])).toEqual([
      ['15:00', 4],
      ['16:00', 2],
      ['later', 5],
    ]);
    expect(bars[2]?.counts).toEqual({ ...none, key1: 4, unnamed: 1 });
  });

  it('have no last bar without later tokens', () => {
    expect(barsOf({ byHour, later: none }, 3, (at) => at)).toHaveLength(3);
  });

  it('are told in a sentence', () => {
    const bars = barsOf({ byHour, later: none }, 3, (at) => at.slice(11, 16));
    expect(sentenceOf(bars)).toBe(
      'Stacked bars: 7 live tokens by the hour they expire. The most, 4, expire in the hour from 15:00. The Table button has every number.',
    );
    expect(sentenceOf(bars, false)).toMatch(/^Stacked bars: at least 7 live tokens/);
    expect(sentenceOf([])).toBe('No live token expires in these hours.');
    expect(sentenceOf([], false)).toBe('No live token was counted so far.');
  });
});

describe('the timeline of an account', () => {
  const at = (day: number) => `2026-11-${String(day).padStart(2, '0')}T00:00:00Z`;
  const segment = (phase: string, from: number, to: number | null, activeKey: 'key1' | 'key2' | null) => ({
    phase,
    from: at(from),
    to: to === null ? null : at(to),
    activeKey,
    by: null,
  });
  const segments = [
    segment('observed', 1, 2, null),
    segment('steady', 2, 5, 'key1'),
    segment('preparing', 5, 6, 'key1'),
    segment('draining', 6, 9, 'key2'),
    segment('retiring', 9, 10, 'key2'),
    segment('steady', 10, null, 'key2'),
  ];
  const end = Date.parse(at(20));

  it('joins the phases in which a key stays what it is', () => {
    const [key1, key2] = lanesOf(segments, end).map(({ bands }) =>
      bands.map(({ state, from, to }) => [state, new Date(from).getUTCDate(), new Date(to).getUTCDate()]),
    );
    expect(key1).toEqual([
      ['unknown', 1, 2],
      ['active', 2, 6],
      ['draining', 6, 10],
      ['standby', 10, 20],
    ]);
    expect(key2).toEqual([
      ['unknown', 1, 2],
      ['standby', 2, 6],
      ['active', 6, 20],
    ]);
  });

  it('begins a little before what is known first, but not before it was asked', () => {
    const history = { account: 'a', since: at(1), segments: segments.slice(3), marks: [] };
    expect(startOf(history, end)).toBeLessThan(Date.parse(at(6)));
    expect(startOf(history, end)).toBeGreaterThan(Date.parse(at(5)));
    expect(startOf({ ...history, segments }, end)).toBe(Date.parse(at(1)));
  });

  test.each<[number, number, boolean]>([
    [90 * 86_400_000, 9, true],
    [86_400_000, 9, false],
    [600_000, 9, false],
    [600_000, 4, false],
  ])('of %i ms has at most %i labels', (span, most, days) => {
    const ticks = timeTicks(end - span, end, most);
    expect(ticks.at.length).toBeLessThanOrEqual(most + 1);
    expect(ticks.at.length).toBeGreaterThan(1);
    expect(ticks.days).toBe(days);
  });
});
