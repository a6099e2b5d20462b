/**
 * Random interleavings of three instances' ticks, effect by effect, with issuing, crashes, late effects, clock jumps,
 * outages, hand-made changes and revocations. The suite plays the same scripts each time, so that a change is judged and
 * not luck. `PROPERTY_RUNS` says how many of each kind it plays, and can play new ones: see test/property-runs.ts.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedSeed, propertyRuns } from '../../property-runs.ts';
import { play, playOut } from './rotation-model.ts';

const numRuns = propertyRuns({ quick: 1000, full: 5000 });
const options = { numRuns, ...fixedSeed(20_261_122) };
const TIMEOUT = 60_000 + numRuns * 120;

const holds = (isRough: boolean) =>
  fc.assert(
    fc.asyncProperty(play(isRough), async (script) => {
      expect(await playOut(script)).toEqual([]);
    }),
    options,
  );

describe('whatever comes between', () => {
  it(
    'an account that is left to the broker ends steady, and no token breaks before its expiry',
    () => holds(false),
    TIMEOUT,
  );

  it(
    'one that others have a hand in ends steady or paused, and only their hands break tokens',
    () => holds(true),
    TIMEOUT,
  );
});
