/** Returns numbers in [0, 1), the same ones for the same seed. */
export type Random = () => number;

/** Returns the generator mulberry32, which is good enough for a simulation and useless for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns a whole number from 0 to `count` − 1. */
export const pickIndex = (random: Random, count: number): number => Math.floor(random() * count);

/** Returns the time until the next of independent events, in the unit of `mean`. */
export const untilNext = (random: Random, mean: number): number => -Math.log(1 - random()) * mean;

/** Returns a positive number that is half the time below `median`; `spread` is the deviation of its logarithm. */
export function logNormal(random: Random, median: number, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(spread * normal);
}
