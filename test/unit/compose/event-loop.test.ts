import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventLoopDelay, watchEventLoop } from '../../../shared/compose/event-loop.ts';

/** Beats at these times. Between any two, the loop sleeps for `idleMs` or not at all. */
function beatAt(times: readonly number[], idleMs = 0, delay = new EventLoopDelay()): EventLoopDelay {
  let idle = 0;
  for (const nowMs of times) delay.beat(nowMs, (idle += idleMs));
  return delay;
}

const every = (stepMs: number, fromMs: number, toMs: number) =>
  Array.from({ length: (toMs - fromMs) / stepMs + 1 }, (_, index) => fromMs + index * stepMs);

describe('the delay of the event loop', () => {
  it('is 0 before the first beat and while beats are on time, however busy the loop is', () => {
    expect(new EventLoopDelay().at(9000)).toBe(0);
    for (const idleMs of [0, 49]) expect(beatAt(every(50, 9000, 10_000), idleMs).at(10_049)).toBe(0);
  });

  it('is the time by which the current beat is late', () => {
    const delay = beatAt([1000]);
    expect(delay.at(1050)).toBe(0);
    expect(delay.at(4050)).toBe(3000);
  });

  it('includes the last beat: what arrived during a block is read only after the late beat', () => {
    const delay = beatAt([1000, 4050]);
    expect(delay.at(4050)).toBe(3000);
    expect(delay.at(4200)).toBe(3100);
  });

  it('lasts until the loop has caught up: it slept for half of a beat', () => {
    const busy = [1000, 4050, ...every(50, 4100, 5000)];
    const delay = beatAt(busy);
    expect(delay.at(5049)).toBe(3000);
    delay.beat(5050, 24);
    expect(delay.at(5050)).toBe(3000);
    delay.beat(5100, 24 + 25);
    expect(delay.at(5100)).toBe(0);
  });

  it('ends after its own length even if the loop never sleeps', () => {
    expect(beatAt([1000, 4050, ...every(50, 4100, 7000)]).at(7000)).toBe(3000);
    expect(beatAt([1000, 4050, ...every(50, 4100, 7050)]).at(7050)).toBe(0);
  });

  it('of many short blocks is that of one or two, not their sum', () => {
    for (const idleMs of [0, 60]) {
      const delay = beatAt(every(150, 0, 9000), idleMs);
      expect(delay.at(9000)).toBe(100);
      expect(delay.at(9149)).toBe(199);
    }
  });
});

describe('the longest delay', () => {
  it('is remembered for half a minute at least and a minute at most', () => {
    const delay = beatAt([0, 1050, ...every(50, 1100, 30_000)], 50);
    expect(delay.longest(30_000)).toBe(1000);
    for (const nowMs of every(50, 30_050, 59_950)) delay.beat(nowMs, 0);
    expect(delay.longest(59_950)).toBe(1000);
    for (const nowMs of every(50, 60_000, 61_000)) delay.beat(nowMs, 0);
    expect(delay.longest(61_000)).toBe(0);
  });

  it('includes the current block, and forgets all older ones after a block of a minute', () => {
    const delay = beatAt([0, 550]);
    expect(delay.longest(3600)).toBe(3000);
    delay.beat(80_000, 0);
    expect(delay.longest(80_000)).toBe(79_400);
  });
});

describe('the watch of the event loop', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  let nowMs = 0;
  let idleMs = 0;
  let loads = { started: 0, ended: 0 };
  const watch = () =>
    watchEventLoop(
      () => nowMs,
      () => idleMs,
      () => loads,
    );
  const runFor = (ms: number) => {
    nowMs += ms;
    vi.advanceTimersByTime(ms);
  };

  it('does not take the time before the first beat for a delay, but every later block', () => {
    const { delayMs, longestMs, stop } = watch();
    nowMs = 20_000;
    expect(delayMs()).toBe(0);
    runFor(50);
    expect(delayMs()).toBe(0);
    nowMs += 3000;
    expect(delayMs()).toBe(2950);
    runFor(50);
    expect(delayMs()).toBe(3000);
    idleMs += 40;
    runFor(50);
    expect(delayMs()).toBe(0);
    expect(longestMs()).toBe(3000);
    stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not take code that is loaded for a delay, whether the next to run is a beat or a request', () => {
    const { delayMs, longestMs, stop } = watch();
    runFor(50);
    loads = { started: 1, ended: 0 };
    nowMs += 3000;
    runFor(50);
    expect(delayMs()).toBe(0);
    nowMs += 3000;
    loads = { started: 1, ended: 1 };
    expect(delayMs()).toBe(0);
    expect(longestMs()).toBe(0);
    nowMs += 3000;
    expect(delayMs()).toBe(2950);
    stop();
  });

  it('remembers an earlier block while code is loaded', () => {
    const { delayMs, stop } = watch();
    runFor(50);
    nowMs += 3000;
    runFor(50);
    loads = { started: 2, ended: 1 };
    nowMs += 1000;
    expect(delayMs()).toBe(3000);
    stop();
  });
});
