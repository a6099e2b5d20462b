/**
 * The random interleavings of rotation-properties.test.ts, in which instances issue user delegation tokens as well and
 * operators revoke their keys: during a rotation, a pause, a revocation of account keys, on observed accounts. Resource
 * Manager refuses, throttles, answers late or not at all.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedSeed, propertyRuns } from '../../property-runs.ts';
import { type Kind, play } from './rotation-commands.ts';
import { playOut } from './rotation-model.ts';

const numRuns = propertyRuns({ quick: 60, full: 400 });
const options = { numRuns, ...fixedSeed(20_261_128) };
const TIMEOUT = 60_000 + numRuns * 120;
const reached = new Set<string>();
/** What the scripts must have tried, or they prove nothing. */
const ENDS = [
  ...['done, proved: true', 'done, proved: null', 'running, proved: null'],
  ...['nothing revoked', 'refused: conflict', 'refused: storage_unavailable'],
  ...['live, alive', 'unproved, alive', 'unproved, dead', 'revoked, dead'],
];

const holds = (kind: Kind) =>
  fc.assert(
    fc.asyncProperty(play(kind), async (script) => {
      expect(await playOut(script, reached)).toEqual([]);
    }),
    options,
  );

describe('in any interleaving with orders to revoke user delegation keys', () => {
  it(
    'the broker tells the end of each token as storage does, and rotation breaks none',
    () => holds('delegation'),
    TIMEOUT,
  );

  it('so it does on an account that others change too', () => holds('rough delegation'), TIMEOUT);

  it('has tried every end of an order and of a token', () => {
    expect([...reached]).toEqual(expect.arrayContaining(ENDS));
  });
});
