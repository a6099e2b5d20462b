import { describe, expect, test } from 'vitest';
import { drawFullestShard } from '../../../bench/scale/fullest-shard.ts';
import { LimitedTable, TABLE_LIMITS, type TableOptions } from '../../../bench/scale/limited-table.ts';
import { limitBroken, raiseLoad } from '../../../bench/scale/raise-load.ts';
import { DEFAULTS, type Scenario } from '../../../bench/scale/scenario.ts';
import { type Figures, simulate } from '../../../bench/scale/simulation.ts';
import type { CommitRow } from '../../../shared/tables/row-transport.ts';

/** A hundredth of a real deployment, with a table of a hundredth of Azure's limits. */
const small: Scenario = {
  ...DEFAULTS,
  instances: 6,
  rate: 100,
  seconds: 4,
  deadlineSeconds: 2,
  limits: { ...TABLE_LIMITS, partitionPerSecond: 30, accountPerSecond: 300 },
  lostReplies: 0.05,
};

/** A table that confirms every write and keeps every second one. */
class ForgetfulTable extends LimitedTable<CommitRow> {
  #writes = 0;

  override async insert(rows: readonly CommitRow[]): Promise<void> {
    this.#writes += 1;
    if (this.#writes % 2 === 0) await super.insert(rows);
  }
}

const refusals = ({ refused }: Figures): number =>
  Object.values(refused).reduce((sum, count) => sum + count, 0);

describe('the simulation', () => {
  test.each([
    { name: 'below the limits', over: { limits: TABLE_LIMITS, lostReplies: 0 }, refuses: false },
    { name: 'with lost replies', over: { limits: TABLE_LIMITS }, refuses: true },
    { name: 'far beyond the limit of a partition', over: { rate: 600 }, refuses: true },
    {
      name: 'far beyond the limit of the account',
      over: { rate: 600, limits: { ...small.limits, partitionPerSecond: 200 } },
      refuses: true,
    },
  ])('issues no token without a row, and answers every request: $name', async ({ over, refuses }) => {
    const figures = await simulate({ ...small, ...over });
    expect(figures.unaudited).toBe(0);
    expect(figures.oversized).toBe(0);
    expect(figures.issued).toBeGreaterThan(100);
    expect(figures.issued + refusals(figures)).toBe(figures.requests);
    expect(refusals(figures) > 0).toBe(refuses);
    expect(figures.rowsWithoutToken).toBeGreaterThanOrEqual(0);
  });

  test('notices tokens without a row', async () => {
    const figures = await simulate(small, (options: TableOptions) => new ForgetfulTable(options));
    expect(figures.unaudited).toBeGreaterThan(10);
  });

  test('repeats a seed exactly, and another seed gives other figures', async () => {
    const figures = await simulate(small);
    expect(await simulate(small)).toEqual(figures);
    expect(await simulate({ ...small, seed: 2 })).not.toEqual(figures);
  });

  test('lets no partition receive more than its limit', async () => {
    const { fullestPartitionPerSecond, serverBusy } = await simulate({ ...small, rate: 600 });
    expect(serverBusy.partition).toBeGreaterThan(0);
    expect(fullestPartitionPerSecond).toBeLessThanOrEqual(small.limits.partitionPerSecond);
  });
});

describe('raising the load', () => {
  const unlimited = { ...TABLE_LIMITS, partitionPerSecond: 1e6, accountPerSecond: 1e6 };

  test.each([
    { name: 'one partition', limit: 'partition', over: { shards: 1 }, rates: [10, 400, 800] },
    {
      name: 'the account',
      limit: 'account',
      over: { limits: { ...unlimited, accountPerSecond: 60 } },
      rates: [20, 600],
    },
    {
      name: 'one write at a time',
      limit: 'lane',
      over: { limits: unlimited, instances: 1, roundTripMs: 100 },
      rates: [50, 2000],
    },
  ])('ends at the first rate that breaks the broker: $name', async ({ limit, over, rates }) => {
    const steps = await raiseLoad({ ...small, lostReplies: 0, seconds: 3, ...over }, rates);
    expect(steps.map(({ brokenBy }) => brokenBy)).toEqual([null, limit]);
  });

  test.each([
    { issued: 999, p99: 1000, brokenBy: null },
    { issued: 998, p99: 20, brokenBy: 'lane' },
    { issued: 1000, p99: 1001, brokenBy: 'lane' },
    { issued: 900, p99: 20, busy: { partition: 2, account: 1 }, brokenBy: 'partition' },
    { issued: 900, p99: 20, busy: { partition: 1, account: 2 }, brokenBy: 'account' },
  ])('$issued of 1,000 tokens, p99 $p99 ms: broken by $brokenBy', ({ issued, p99, busy, brokenBy }) => {
    const figures = {
      requests: 1000,
      issued,
      latencyMs: { p50: 10, p95: 15, p99 },
      serverBusy: busy ?? { partition: 0, account: 0 },
    } as Figures;
    expect(limitBroken(figures)).toBe(brokenBy);
  });
});

describe('the fullest shard', () => {
  test('has every instance if there is one shard', () => {
    expect(drawFullestShard(7, 1, 7, 1)).toMatchObject({ p50: 7, p99: 7, overfull: 0 });
    expect(drawFullestShard(7, 1, 6, 1)).toMatchObject({ overfull: 1 });
  });

  test('has more than its share of the instances, and less of them among more shards', () => {
    const few = drawFullestShard(100, 8, 20, 1);
    const many = drawFullestShard(100, 32, 20, 1);
    expect(few.p50).toBeGreaterThan(100 / 8);
    expect(many.p50).toBeLessThan(few.p50);
    expect(few.overfull).toBeGreaterThan(0);
    expect(many.overfull).toBe(0);
  });
});
