import { describe, expect, it } from 'vitest';
import { forEachConcurrently } from '../../../shared/azure-calls/concurrency.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('work on many items', () => {
  it('is done for each item once, in order, and never for more than the limit at a time', async () => {
    const started: number[] = [];
    let running = 0;
    let most = 0;
    await forEachConcurrently([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      started.push(item);
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
    });
    expect(started).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('starts no further item after a failure, and fails with it', async () => {
    const started: number[] = [];
    const work = async (item: number) => {
      started.push(item);
      await turn();
      if (item === 2) throw new Error('the second failed');
    };
    await expect(forEachConcurrently([1, 2, 3, 4, 5, 6], 2, work)).rejects.toThrow('the second failed');
    await turn();
    await turn();
    expect(started).not.toContain(6);
  });

  it('is nothing for no items', async () => {
    await expect(
      forEachConcurrently([], 4, () => Promise.reject(new Error('never'))),
    ).resolves.toBeUndefined();
  });
});
