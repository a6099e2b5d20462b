import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { denialRowKeys, eventRowKeys } from '../../../shared/audit/event-row-keys.ts';
import {
  EVENT_SERIES,
  isPurgeable,
  parsePartition,
  purgeableRange,
  purgeLimits,
  seriesOf,
} from '../../../shared/audit/purgeable-partition.ts';
import { partitionKey } from '../../../shared/audit/row-keys.ts';
import { addSeconds, hourOf } from '../../../shared/iso-time.ts';
import { anyShard } from './records.ts';

const DAY = 86_400;
/** Whole seconds from 2001 to 2098. */
const anyInstant = fc
  .integer({ min: 978_307_200, max: 4_070_908_800 })
  .map((seconds) => new Date(seconds * 1000));
const now = new Date('2026-11-22T15:30:00Z');

/** Returns true if a partition may go, and checks that the range that is searched says the same. */
function mayGo(key: string, limits: ReturnType<typeof purgeLimits>): boolean {
  const partition = parsePartition(key);
  if (partition === null) return false;
  const { series } = seriesOf(key) ?? { series: EVENT_SERIES };
  const { after, before } = purgeableRange(series, limits);
  const purgeable = isPurgeable(partition, limits);
  expect(after < key && key < before).toBe(purgeable);
  return purgeable;
}

describe('what may be removed', () => {
  test.each([
    ['t-3-2026112114', true],
    ['t-3-2026112115', false],
    ['t-11-2026112114', true],
    ['t-999-2026112115', false],
    ['d-0-2026112114', true],
    ['d-0-2026112115', false],
    ['t-3-2026112215', false],
    ['t-3-2026112216', false],
    ['e-20261121', false],
    ['e-20260824', false],
    ['e-20260823', true],
  ])('with a retention of a day, at 15:30 %s: %s', (key, expected) => {
    expect(mayGo(key, purgeLimits(now, DAY, null))).toBe(expected);
  });

  test('an hour goes only once its last second is past the retention', () => {
    const limits = (at: string) => purgeLimits(new Date(at), DAY, null);
    expect(mayGo('t-3-2026112115', limits('2026-11-22T15:59:59.999Z'))).toBe(false);
    expect(mayGo('t-3-2026112115', limits('2026-11-22T16:00:00.000Z'))).toBe(true);
  });

  test('administrative events stay for the retention, and for at least 90 days', () => {
    const year = purgeLimits(now, 365 * DAY, null);
    expect(mayGo('e-20251121', year)).toBe(true);
    expect(mayGo('e-20251122', year)).toBe(false);
  });

  test('nothing goes that is needed, whatever its age', () => {
    const needed = new Date('2026-06-01T12:30:00Z');
    const limits = purgeLimits(now, DAY, needed);
    expect(mayGo('t-3-2026060111', limits)).toBe(true);
    expect(mayGo('t-3-2026060112', limits)).toBe(false);
    expect(mayGo('d-3-2026060112', limits)).toBe(false);
    expect(mayGo('e-20260531', limits)).toBe(true);
    expect(mayGo('e-20260601', limits)).toBe(false);
  });

  test('an instant in the future delays nothing', () => {
    expect(purgeLimits(now, DAY, addSeconds(now, DAY))).toEqual(purgeLimits(now, DAY, null));
  });

  test.each([
    't-03-2026112114',
    't-3-20261121',
    't-3-2026022930',
    't-3-2026023100',
    't-x-2026112114',
    't-1000-2026112114',
    't-3-2026112114-x',
    'e-2026112114',
    'e-20260231',
    'x-3-2026112114',
    'rotation',
    '',
  ])('the key "%s" is not the broker’s, so its rows stay', (key) => {
    expect(parsePartition(key)).toBeNull();
  });
});

test('no row of a live token, and none within the retention, is in a partition that may go', () => {
  const suffix = 'aaaaaaaa';
  fc.assert(
    fc.property(
      anyInstant,
      anyShard,
      fc.integer({ min: DAY, max: 500 * DAY }),
      fc.nat(),
      (at, shard, kept, age) => {
        const limits = purgeLimits(addSeconds(at, age % (2 * kept)), kept, null);
        const keys = [
          partitionKey({ shard, hour: hourOf(at) }),
          denialRowKeys(at, { shard, suffix }).partitionKey,
          eventRowKeys(at, suffix).partitionKey,
        ];
        const gone = keys.map((key) => mayGo(key, limits));
        if (age % (2 * kept) < kept) expect(gone).toEqual([false, false, false]);
        if (age % (2 * kept) < 90 * DAY) expect(gone[2]).toBe(false);
        if (age % (2 * kept) >= kept + 3600) expect(gone.slice(0, 2)).toEqual([true, true]);
      },
    ),
  );
});
