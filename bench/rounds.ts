/** The work to time in one round. */
export type Work = () => void | Promise<void>;

/**
 * Returns how long `subject` takes relative to `baseline`: the median over all rounds. Each round times both, and the
 * order alternates, so that other load on the machine affects both alike. One extra round warms up and is not counted.
 * @param prepare runs before each round and is not timed.
 * @param measure returns how long work takes. For computation, `measureCpuMs` is steadier on a busy machine.
 */
export async function measureRatio(
  rounds: number,
  subject: Work,
  baseline: Work,
  prepare: Work = () => undefined,
  measure: (work: Work) => Promise<number> = measureMs,
): Promise<number> {
  const ratios: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await prepare();
    const isSubjectFirst = round % 2 === 0;
    const firstMs = await measure(isSubjectFirst ? subject : baseline);
    const secondMs = await measure(isSubjectFirst ? baseline : subject);
    if (round > 0) ratios.push(isSubjectFirst ? firstMs / secondMs : secondMs / firstMs);
  }
  return median(ratios);
}

/** Returns work that calls `work` that many times, one call after the other. */
export const repeat =
  (times: number, work: (index: number) => unknown): Work =>
  async () => {
    for (let index = 0; index < times; index += 1) {
      const result = work(index);
      // Awaiting a plain value costs a turn of the event loop, which would be most of the measured time.
      if (result instanceof Promise) await result;
    }
  };

/** Returns how much processor time this process uses during the work, in milliseconds. */
export async function measureCpuMs(work: Work): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

async function measureMs(work: Work): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Returns the middle value, or the mean of the two middle ones; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle] ?? NaN;
  const low = sorted.length % 2 === 0 ? (sorted[middle - 1] ?? NaN) : high;
  return (low + high) / 2;
}

/** The median of several rounds, and the least and the greatest of them. */
export interface Spread {
  readonly value: number;
  readonly range: readonly [number, number];
}

export function spread(values: readonly number[]): Spread {
  return { value: median(values), range: [Math.min(...values), Math.max(...values)] };
}

/** Returns the value that the given share of the values does not exceed: 0.99 for p99. NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
