/**
 * Random interleavings of three instances' ticks, effect by effect, with issuing, crashes, late effects, clock jumps,
 * clocks that are wrong once, front ends that answer from the past, settings that are lowered in mid-drain, outages, changes
 * from outside the broker and revocations. The suite plays the same scripts each time, so its result
 * depends on the code and not on luck. `PROPERTY_RUNS` says how many of each kind it plays, and can play new ones: see
 * test/property-runs.ts.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedSeed, propertyRuns } from '../../property-runs.ts';
import { type Kind, play } from './rotation-commands.ts';
import { playOut } from './rotation-model.ts';

const numRuns = propertyRuns({ quick: 1000, full: 10_000 });
const options = { numRuns, ...fixedSeed(20_261_122) };
const TIMEOUT = 60_000 + numRuns * 120;

const holds = (kind: Kind) =>
  fc.assert(
    fc.asyncProperty(play(kind), async (script) => {
      expect(await playOut(script)).toEqual([]);
    }),
    options,
  );

describe('in any interleaving', () => {
  it(
    'an account that only the broker changes ends steady, and no token breaks before its expiry',
    () => holds('routine'),
    TIMEOUT,
  );

  it(
    'an account that others change too ends steady or paused, and only those changes break tokens',
    () => holds('rough'),
    TIMEOUT,
  );
});
