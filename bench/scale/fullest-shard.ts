import { pickIndex, seededRandom } from './seeded-random.ts';

const DRAWS = 2000;

export interface FullestShard {
  readonly instances: number;
  readonly shards: number;
  /** Instances on the fullest shard: in half of all deployments at most `p50`, in 99 of 100 at most `p99`. */
  readonly p50: number;
  readonly p99: number;
  /** Share of the deployments with more than `maxOnShard` instances on a shard. */
  readonly overfull: number;
}

/** Draws a shard for each instance, as the broker does at start, many times, and counts the instances on the fullest. */
export function drawFullestShard(
  instances: number,
  shards: number,
  maxOnShard: number,
  seed: number,
): FullestShard {
  const random = seededRandom(seed);
  const fullest = Array.from({ length: DRAWS }, () => {
    const counts = new Uint32Array(shards);
    for (let instance = 0; instance < instances; instance += 1) counts[pickIndex(random, shards)]! += 1;
    return Math.max(...counts);
  }).sort((one, other) => one - other);
  return {
    instances,
    shards,
    p50: fullest[DRAWS / 2]!,
    p99: fullest[(DRAWS * 99) / 100]!,
    overfull: fullest.filter((count) => count > maxOnShard).length / DRAWS,
  };
}
