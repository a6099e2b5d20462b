import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { rotateKeys } from '../../../shared/rotation/rotate-keys.ts';
import type { RotationPorts } from '../../../shared/rotation/rotation-ports.ts';
import { nextTick, tickFault, tickIntervalSeconds } from '../../../shared/rotation/tick-log.ts';
import { worldIn } from './prepared-worlds.ts';
import { REQUEST_DEADLINE } from './rotation-world.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const at = (seconds: number): Date => addSeconds(NOW, seconds);
const DAY = 86_400;
const YEAR = 365 * DAY;

describe('the gap before a tick', () => {
  it.each([
    ['the first tick', null, 0],
    ['five minutes', -300, 300],
    ['part of a second', -0.2, 1],
    ['a clock that is set back', 60, 0],
    ['a clock that was a year ahead once', YEAR, 0],
    ['a clock that was a year behind once', -YEAR, DAY],
  ])('%s', (_what, before, gapSeconds) => {
    const previous = before === null ? null : { lastTickAt: at(before), gapSeconds: 7 };
    expect(nextTick(previous, NOW)).toEqual({ lastTickAt: NOW, gapSeconds });
  });
});

describe('the interval of the timer', () => {
  it.each([
    ['is five minutes before the first tick', null, 300],
    ['is at least five minutes', [-1, 2], 300],
    ['is the gap if that is longer', [-1, 3600], 3600],
    ['is at most a day', [-1, YEAR], DAY],
    ['does not depend on how long ago the last tick was', [-YEAR, 300], 300],
    ['believes a record of a clock that is at most five minutes ahead', [300, 3600], 3600],
    ['ignores a record that is further in the future', [301, 3600], 300],
    ['ignores a record of a clock a year ahead', [YEAR, 3600], 300],
  ] as const)('%s', (_what, log, interval) => {
    const read = log === null ? null : { lastTickAt: at(log[0]), gapSeconds: log[1] };
    expect(tickIntervalSeconds(read, NOW)).toBe(interval);
  });

  it('is known again one tick after a tick by a clock a year ahead', () => {
    const ahead = nextTick({ lastTickAt: at(-600), gapSeconds: 300 }, at(YEAR));
    expect(tickIntervalSeconds(ahead, NOW)).toBe(300);
    expect(tickIntervalSeconds(nextTick(ahead, NOW), at(1))).toBe(300);
  });
});

describe('a timer', () => {
  it.each([
    ['runs until it has missed four intervals', [-1200, 300], null],
    ['has stopped after four intervals', [-1201, 300], 'no tick for more than four intervals'],
    ['that runs each hour may be silent for four hours', [-4 * 3600, 3600], null],
    [
      'that runs each hour has stopped after four hours',
      [-4 * 3600 - 1, 3600],
      'no tick for more than four intervals',
    ],
    ['of a clock a year ahead is not trusted', [YEAR, 300], 'the last tick is in the future'],
  ] as const)('%s', (_what, [lastTickAt, gapSeconds], fault) => {
    expect(tickFault({ lastTickAt: at(lastTickAt), gapSeconds }, at(-YEAR), NOW)).toBe(fault);
  });

  it('has twenty minutes from the start of the process for its first tick', () => {
    expect(tickFault(null, at(-1200), NOW)).toBeNull();
    expect(tickFault(null, at(-1201), NOW)).toBe('no tick yet');
  });
});

describe('a tick', () => {
  it('records when it ran, once for all accounts, and the gap before it', async () => {
    const world = await worldIn('steady');
    const { ports } = world.rotator('one', false);
    const began = ports.clock();
    const accounts = [world.account, { ...world.account, name: 'archive' }];
    await rotateKeys(ports, accounts, REQUEST_DEADLINE);
    expect(world.azure.ticks.log).toMatchObject({ lastTickAt: began, gapSeconds: 0 });
    world.pass(420);
    await rotateKeys(ports, accounts, REQUEST_DEADLINE);
    expect(world.azure.ticks.log).toMatchObject({ lastTickAt: addSeconds(began, 420), gapSeconds: 420 });
  });

  it('goes on if it cannot be recorded, and says so', async () => {
    const world = await worldIn('draining');
    world.azure.ticks.failing = new Error('no table');
    const logged: unknown[] = [];
    const { ports } = world.rotator('one', false);
    const telling: RotationPorts = { ...ports, log: (event, fields) => logged.push({ event, ...fields }) };
    world.pass(world.waits.freeze + 60);
    await rotateKeys(telling, [world.account], REQUEST_DEADLINE);
    expect(logged).toContainEqual({ event: 'tick not recorded', account: null, reason: 'Error' });
    expect(world.journal?.countedAt).not.toBeNull();
  });
});
