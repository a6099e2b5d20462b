import { randomFillSync } from 'node:crypto';

/** Asking the system for randomness costs the same for a few bytes as for a page. */
const POOL_BYTES = 4096;

/**
 * Returns a function like `randomBytes` for short lengths, which asks the system once for many calls. No byte is given
 * out twice.
 */
export function randomPool(
  fill: (pool: Uint8Array) => void = randomFillSync,
): (length: number) => Uint8Array {
  let pool = new Uint8Array(0);
  let used = 0;
  return (length) => {
    if (length > POOL_BYTES) throw new RangeError(`must be at most ${POOL_BYTES} bytes`);
    if (used + length > pool.length) {
      // A new array, because those who asked may still hold parts of the old one.
      pool = new Uint8Array(POOL_BYTES);
      fill(pool);
      used = 0;
    }
    used += length;
    return pool.subarray(used - length, used);
  };
}
