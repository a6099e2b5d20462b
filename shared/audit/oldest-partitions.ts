import type { PartitionRange } from './audit-partitions.ts';
import {
  type AuditPartition,
  EVENT_SERIES,
  parsePartition,
  purgeableRange,
  type PurgeLimits,
  type Series,
  SHARD_RANGES,
  seriesOf,
} from './purgeable-partition.ts';

/** Returns the first partition of a range that has a row; null if none has. */
type FindPartition = (range: PartitionRange) => Promise<string | null>;

interface Front {
  readonly series: Series;
  readonly partition: AuditPartition;
}

/**
 * Yields every partition within the limits, the one that ends first first. The next partition of a series is looked for
 * only after the consumer is done with the one before, so an early end costs nothing.
 */
export async function* oldestFirst(find: FindPartition, limits: PurgeLimits): AsyncGenerator<AuditPartition> {
  const fronts: Front[] = [];
  const advance = async (series: Series, after: string): Promise<void> => {
    const partition = await nextPartition(find, { ...purgeableRange(series, limits), after });
    if (partition !== null) fronts.push({ series, partition });
  };
  for (const series of [...(await allSeries(find)), EVENT_SERIES]) await advance(series, series);
  for (let front = takeOldest(fronts); front !== null; front = takeOldest(fronts)) {
    yield front.partition;
    await advance(front.series, front.partition.key);
  }
}

/** Finds the shards that have rows by reading one key of each. */
async function allSeries(find: FindPartition): Promise<Series[]> {
  const found: Series[] = [];
  for (const { after: start, before } of SHARD_RANGES) {
    let after = start;
    for (let key = await find({ after, before }); key !== null; key = await find({ after, before })) {
      const known = seriesOf(key);
      if (known !== null) found.push(known.series);
      after = known?.end ?? key;
    }
  }
  return found;
}

/** Skips keys that this broker does not write. */
async function nextPartition(find: FindPartition, range: PartitionRange): Promise<AuditPartition | null> {
  let { after } = range;
  while (after < range.before) {
    const key = await find({ after, before: range.before });
    if (key === null) return null;
    const partition = parsePartition(key);
    if (partition !== null) return partition;
    after = key;
  }
  return null;
}

function takeOldest(fronts: Front[]): Front | null {
  const oldest = fronts.reduce<Front | null>(
    (least, front) => (least === null || front.partition.end < least.partition.end ? front : least),
    null,
  );
  if (oldest !== null) fronts.splice(fronts.indexOf(oldest), 1);
  return oldest;
}
