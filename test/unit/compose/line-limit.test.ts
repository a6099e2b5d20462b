import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lineLimit } from '../../../shared/compose/line-limit.ts';

let nowMs: number;
let counts: { suppressed: number; total: number }[];

beforeEach(() => {
  vi.useFakeTimers();
  nowMs = 0;
  counts = [];
});
afterEach(() => vi.useRealTimers());

function runFor(ms: number): void {
  nowMs += ms;
  vi.advanceTimersByTime(ms);
}

const open = () =>
  lineLimit(
    () => nowMs,
    (count) => void counts.push(count),
  );

describe('the log of requests of one kind', () => {
  it('has at most ten lines in any second, and then one with the number of the others', () => {
    const log = open();
    const admitted = Array.from({ length: 5000 }, () => log.admit());
    expect(admitted.filter(Boolean)).toHaveLength(10);
    expect(admitted.indexOf(false)).toBe(10);
    expect(counts).toEqual([]);
    runFor(1000);
    expect(counts).toEqual([{ suppressed: 4990, total: 5000 }]);
    expect(log.admit()).toBe(true);
    runFor(5000);
    expect(counts).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has no more lines across the boundary of a second', () => {
    const log = open();
    const linesAtMs: number[] = [];
    for (let step = 0; step < 400; step += 1) {
      if (log.admit()) linesAtMs.push(nowMs);
      runFor(step % 3 === 0 ? 17 : 5);
    }
    for (const atMs of linesAtMs)
      expect(linesAtMs.filter((other) => other >= atMs && other < atMs + 1000).length).toBeLessThanOrEqual(
        10,
      );
    expect(linesAtMs.length).toBeGreaterThan(20);
  });

  it('has a line for every request that comes slowly, and no count', () => {
    const log = open();
    for (let index = 0; index < 100; index += 1) {
      expect(log.admit()).toBe(true);
      runFor(100);
    }
    expect(counts).toEqual([]);
  });

  it('counts what it has not written yet before the process ends, once', () => {
    const log = open();
    for (let index = 0; index < 12; index += 1) log.admit();
    log.flush();
    log.flush();
    runFor(2000);
    expect(counts).toEqual([{ suppressed: 2, total: 12 }]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
