/**
 * Random interleavings of three instances' ticks, effect by effect, with issuing, crashes, late effects, clock jumps,
 * outages, changes from outside the broker and revocations. The suite plays the same scripts each time, so its result
 * depends on the code and not on luck. A longer run plays new ones: `ROTATION_RUNS=1000000 npx vitest run
 * rotation-properties` (the total number of runs). `ROTATION_SEED` repeats a run that failed; the failure names it.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { play, playOut } from './rotation-model.ts';

const { ROTATION_RUNS, ROTATION_SEED } = process.env;
const RUNS = Number(ROTATION_RUNS ?? 10_000);
const seed = ROTATION_SEED ?? (ROTATION_RUNS === undefined ? '20261122' : undefined);
const options = {
  numRuns: Math.ceil(RUNS / 2),
  ...(seed === undefined ? {} : { seed: Number(seed) }),
};
const TIMEOUT = 60_000 + RUNS * 60;

const holds = (isRough: boolean) =>
  fc.assert(
    fc.asyncProperty(play(isRough), async (script) => {
      expect(await playOut(script)).toEqual([]);
    }),
    options,
  );

describe('in any interleaving', () => {
  it(
    'an account that only the broker changes ends steady, and no token breaks before its expiry',
    () => holds(false),
    TIMEOUT,
  );

  it(
    'an account that others change too ends steady or paused, and only those changes break tokens',
    () => holds(true),
    TIMEOUT,
  );
});
