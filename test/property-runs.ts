/**
 * Says how many inputs the long property tests try. `PROPERTY_RUNS` is
 * - unset: few, for the developer's loop;
 * - `full`: as many as `.ci/run` tries;
 * - a number: exactly that many per property, with new inputs each time. For one file:
 *   `PROPERTY_RUNS=1000000 npx vitest run rotation-properties`.
 *
 * `PROPERTY_SEED` repeats a run that failed. The failure reports its seed.
 */
const { PROPERTY_RUNS, PROPERTY_SEED } = process.env;

/** Returns the number of inputs to try: `quick` in the developer's loop, `full` in `.ci/run`. */
export function propertyRuns({ quick, full }: { quick: number; full: number }): number {
  if (PROPERTY_RUNS === undefined) return quick;
  if (PROPERTY_RUNS === 'full') return full;
  if (/^[1-9]\d*$/.test(PROPERTY_RUNS)) return Number(PROPERTY_RUNS);
  throw new Error(`PROPERTY_RUNS must be "full" or a number of runs, not "${PROPERTY_RUNS}".`);
}

/**
 * Returns fast-check's `seed` for a property that tries the same inputs in every run, so that only a change of the code
 * can make it fail. Returns nothing if `PROPERTY_RUNS` is a number: then the inputs are new.
 */
export function fixedSeed(seed: number): { seed?: number } {
  if (PROPERTY_SEED !== undefined) return { seed: Number(PROPERTY_SEED) };
  return PROPERTY_RUNS === undefined || PROPERTY_RUNS === 'full' ? { seed } : {};
}
