import { describe, expect, test } from 'vitest';
import { LimitedTable, TABLE_LIMITS, type TableOptions } from '../../../bench/scale/limited-table.ts';
import { seededRandom } from '../../../bench/scale/seeded-random.ts';
import { VirtualTime } from '../../../bench/scale/virtual-time.ts';
import type { CommitRow } from '../../../shared/tables/row-transport.ts';

let made = 0;
const rows = (partitionKey: string, count: number): CommitRow[] =>
  Array.from({ length: count }, () => {
    made += 1;
    return { partitionKey, rowKey: `${made}`, requestId: `req-${made}` };
  });

/** Returns the codes of the replies to batches that are sent together, each after its wait; '' for success. */
async function replies(
  batches: readonly { readonly rows: readonly CommitRow[]; readonly afterMs?: number }[],
  over: Partial<TableOptions> = {},
): Promise<string[]> {
  const time = new VirtualTime(new Date('2026-11-22T15:05:00Z'));
  const table = new LimitedTable<CommitRow>({
    limits: TABLE_LIMITS,
    time,
    random: seededRandom(1),
    rowBytes: 1000,
    roundTripMs: 1,
    entityMs: 0,
    lostReplies: 0,
    ...over,
  });
  const codes: string[] = batches.map(() => 'no reply');
  await time.run(() => {
    for (const [index, batch] of batches.entries())
      time.schedule(batch.afterMs ?? 0, () => {
        void table.insert(batch.rows).then(
          () => (codes[index] = ''),
          (error: unknown) => (codes[index] = (error as { code: string }).code),
        );
      });
  });
  return codes;
}

const batchesOf = (count: number, partition: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => ({ rows: rows(partition(index), 100) }));
const busy = (codes: readonly string[]): number => codes.filter((code) => code === 'ServerBusy').length;

describe('the table model', () => {
  test('accepts 2,000 entities per second in one partition and refuses more', async () => {
    expect(busy(await replies(batchesOf(20, () => 'p')))).toBe(0);
    expect(busy(await replies(batchesOf(23, () => 'p')))).toBe(3);
  });

  test('accepts 20,000 entities per second in one account and refuses more', async () => {
    expect(busy(await replies(batchesOf(200, (index) => `p${index % 20}`)))).toBe(0);
    expect(busy(await replies(batchesOf(205, (index) => `p${index % 20}`)))).toBe(5);
  });

  test('accepts writes again a second after the earlier ones', async () => {
    const later = { rows: rows('p', 100), afterMs: 1100 };
    const tooSoon = { rows: rows('p', 100), afterMs: 900 };
    const codes = await replies([...batchesOf(20, () => 'p'), tooSoon, later]);
    expect(codes.slice(-2)).toEqual(['ServerBusy', '']);
  });

  test.each([
    { name: '100 entities', count: 100, rowBytes: 1000, code: '' },
    { name: '101 entities', count: 101, rowBytes: 1000, code: 'InvalidInput' },
    { name: '4 MiB', count: 4, rowBytes: 1024 * 1024, code: '' },
    { name: 'more than 4 MiB', count: 4, rowBytes: 1024 * 1024 + 1, code: 'InvalidInput' },
  ])('answers a transaction of $name with "$code"', async ({ count, rowBytes, code }) => {
    expect(await replies([{ rows: rows('p', count) }], { rowBytes })).toEqual([code]);
  });

  test('refuses a row that exists', async () => {
    const [row] = rows('p', 1);
    expect((await replies([{ rows: [row!] }, { rows: [row!], afterMs: 50 }]))[1]).toBe('EntityAlreadyExists');
  });

  test('loses as many replies as it is told', async () => {
    const codes = await replies(
      Array.from({ length: 1000 }, () => ({ rows: rows('p', 1) })),
      { lostReplies: 0.2 },
    );
    const lost = codes.filter((code) => code === 'ECONNRESET').length;
    expect(lost).toBeGreaterThan(150);
    expect(lost).toBeLessThan(250);
  });
});

describe('virtual time', () => {
  test('runs timers in the order of their instants and follows promises before it goes on', async () => {
    const time = new VirtualTime(new Date(0));
    const seen: string[] = [];
    await time.run(() => {
      setTimeout(() => seen.push(`late ${time.nowMs}`), 30);
      setTimeout(() => {
        void Promise.resolve()
          .then(() => undefined)
          .then(() => seen.push(`promise ${time.nowMs}`));
      }, 10);
      setTimeout(() => seen.push(`same ${time.nowMs}`), 10);
      clearTimeout(setTimeout(() => seen.push('cancelled'), 5));
    });
    expect(seen).toEqual(['promise 10', 'same 10', 'late 30']);
  });

  test('gives the process its timers back, also after a fault', async () => {
    const real = { setTimeout, clearTimeout };
    const broken = new VirtualTime(new Date(0)).run(() => {
      throw new Error('broken');
    });
    await expect(broken).rejects.toThrow('broken');
    expect({ setTimeout, clearTimeout }).toEqual(real);
  });
});
