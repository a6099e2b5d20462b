import { describe, expect, it } from 'vitest';
import type { CountProgress } from '../../../shared/rotation/token-count.ts';
import { encodeRest, resumeCount, type UnfinishedCount } from '../../../shared/rotation/unfinished-count.ts';
import { at, NOW } from './machine-samples.ts';

const OTHER_KEY = 'b'.repeat(16);
const LATER = at(600);
/** What a count asks for depends on when it began. */
const filtersAt = (now: Date) => [0, 1, 2].map((shard) => `shard ${shard} after ${now.toISOString()}`);

/** A count that began at `NOW`: one part read to its end, one read in part, one not begun. */
const unfinished: UnfinishedCount = {
  exceptKeyId: OTHER_KEY,
  now: NOW,
  filters: filtersAt(NOW),
  positions: [null, 'page 7', ''],
  count: 1500,
  latest: at(3000).getTime(),
};
const begun: CountProgress = { count: 1500, latestExpiry: at(3000), rest: encodeRest(unfinished) };
/** A count that begins at `LATER`. */
const fresh = (exceptKeyId: string | null = OTHER_KEY, filters = filtersAt(LATER)): UnfinishedCount => ({
  exceptKeyId,
  now: LATER,
  filters,
  positions: filters.map(() => ''),
  count: 0,
  latest: 0,
});
const resume = (progress: CountProgress, exceptKeyId: string | null = OTHER_KEY, filters = filtersAt) =>
  resumeCount(exceptKeyId, { now: LATER, begun: progress }, filters);

describe('a count of tokens', () => {
  it('starts at the first page of each part', () => {
    expect(resumeCount(OTHER_KEY, { now: LATER }, filtersAt)).toEqual(fresh());
    expect(resumeCount(null, { now: LATER }, () => [])).toEqual(fresh(null, []));
  });

  it('continues where it stopped, and asks for what was live when it began', () => {
    expect(resume(begun)).toEqual(unfinished);
    const ofBoth = encodeRest({ ...unfinished, exceptKeyId: null });
    expect(resume({ ...begun, rest: ofBoth }, null)).toEqual({ ...unfinished, exceptKeyId: null });
  });

  it('continues if it has found no token so far', () => {
    expect(resume({ ...begun, count: 0, latestExpiry: null })).toEqual({
      ...unfinished,
      count: 0,
      latest: 0,
    });
  });

  it('can be written again each time it is continued', () => {
    const further = { ...resume(begun), positions: [null, null, 'page 2'] };
    expect(resume({ ...begun, rest: encodeRest(further) }).positions).toEqual([null, null, 'page 2']);
  });
});

describe('a count of tokens starts again', () => {
  it.each(['a'.repeat(16), null])('if it leaves out the rows of another key: %s', (exceptKeyId) => {
    expect(resume(begun, exceptKeyId)).toEqual(fresh(exceptKeyId));
  });

  it('if it asks for other rows', () => {
    const others = (now: Date) => filtersAt(now).map((filter) => `${filter} of archive`);
    expect(resume(begun, OTHER_KEY, others)).toEqual(fresh(OTHER_KEY, others(LATER)));
  });

  const rest = JSON.parse(begun.rest!) as { now: string; asked: string; positions: unknown[] };
  it.each<[string, string | null]>([
    ['is complete', null],
    ['is empty', ''],
    ['is not JSON', 'what is this'],
    ['has a further member', JSON.stringify({ ...rest, kind: 'service' })],
    ['has no instant', JSON.stringify({ ...rest, now: 'yesterday' })],
    ['has a position that is not text', JSON.stringify({ ...rest, positions: [null, 7, ''] })],
    ['lacks a part', JSON.stringify({ ...rest, positions: rest.positions.slice(1) })],
    ['has a part too many', JSON.stringify({ ...rest, positions: [...rest.positions, ''] })],
  ])('if what is left of it %s', (_name, left) => {
    expect(resume({ ...begun, rest: left })).toEqual(fresh());
  });
});
