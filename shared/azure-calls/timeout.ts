/** Node runs a timer at once if it is longer. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Starts a timer, capped at what Node can wait for.
 * @returns a function that cancels it.
 */
export function startTimer(milliseconds: number, onTimeout: () => void): () => void {
  const timer = setTimeout(onTimeout, Math.min(Math.max(milliseconds, 0), LONGEST_TIMER_MS));
  return () => clearTimeout(timer);
}

/** Starts a timer as `startTimer` does, but the process may end before it runs. */
export function startBackgroundTimer(milliseconds: number, onTimeout: () => void): () => void {
  const timer = setTimeout(onTimeout, milliseconds).unref();
  return () => clearTimeout(timer);
}

/** Waits. */
export async function pause(milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => startTimer(milliseconds, resolve));
}

/** Waits until this turn of the event loop is over. */
export async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/**
 * Runs `work` for at most `timeoutMs`; then aborts its signal and rejects, even if `work` ignores the signal, as some
 * credentials do. A result that arrives later is discarded.
 * @throws what `work` throws, or `TimeoutError`.
 */
export async function withTimeout<Value>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  return await new Promise<Value>((resolve, reject) => {
    const cancel = startTimer(timeoutMs, () => {
      const error = new DOMException(`not done in ${Math.round(timeoutMs)} ms`, 'TimeoutError');
      reject(error);
      controller.abort(error);
    });
    const working = (async () => await work(controller.signal))();
    void working.then(resolve, reject).finally(cancel);
  });
}
