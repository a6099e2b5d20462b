/** Work to be timed, as it is done in one round. */
export type Work = () => void | Promise<void>;

/**
 * How long `subject` takes for each time that `baseline` takes: the median over rounds of which each measures both, in
 * turns first, so that what else the machine does meets one as well as the other. A round before is not counted.
 * @param prepare done before each round, and not timed.
 */
export async function ratio(
  rounds: number,
  subject: Work,
  baseline: Work,
  prepare: Work = () => undefined,
): Promise<number> {
  const ratios: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await prepare();
    const isSubjectFirst = round % 2 === 0;
    const first = await timed(isSubjectFirst ? subject : baseline);
    const second = await timed(isSubjectFirst ? baseline : subject);
    if (round > 0) ratios.push(isSubjectFirst ? first / second : second / first);
  }
  return median(ratios);
}

/** Work that is done `times` over. */
export const repeated =
  (times: number, work: (index: number) => unknown): Work =>
  async () => {
    for (let index = 0; index < times; index += 1) {
      const done = work(index);
      // A turn of the event loop where there is nothing to wait for would be most of what is measured.
      if (done instanceof Promise) await done;
    }
  };

async function timed(work: Work): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (low + high) / 2;
}
