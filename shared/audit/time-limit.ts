/** Node fires a longer timer at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** A timer for `milliseconds` from now, cut to what Node can wait. Returns what cancels it. */
export function startTimer(milliseconds: number, whenOver: () => void): () => void {
  const timer = setTimeout(whenOver, Math.min(Math.max(milliseconds, 0), LONGEST_TIMER_MS));
  return () => clearTimeout(timer);
}

/** Waits. */
export async function pause(milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => startTimer(milliseconds, resolve));
}

/**
 * Runs `work` for at most `milliseconds`; then aborts its signal and rejects with a `TimeoutError`, whether or not
 * `work` heeds the signal. What it does later goes unnoticed.
 */
export async function within<Value>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  return await new Promise<Value>((resolve, reject) => {
    const cancel = startTimer(milliseconds, () => {
      reject(new DOMException(`not done in ${Math.round(milliseconds)} ms`, 'TimeoutError'));
      controller.abort();
    });
    const working = (async () => await work(controller.signal))();
    void working.then(resolve, reject).finally(cancel);
  });
}
