/**
 * Starts to measure stages. Each call of the result returns the milliseconds, to a hundredth, since the call before it or
 * since the start.
 * @param monotonicMs tells milliseconds of a clock that never goes back.
 */
export function startLaps(monotonicMs: () => number): () => number {
  let from = monotonicMs();
  return () => {
    const to = monotonicMs();
    const lap = Math.round((to - from) * 100) / 100;
    from = to;
    return lap;
  };
}
