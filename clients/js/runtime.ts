/** The time and chance that a client needs. Tests replace it. */
export interface Runtime {
  /** Returns milliseconds of a clock that is never set, so that a wrong wall clock changes nothing. */
  readonly now: () => number;
  /** Resolves after some milliseconds; rejects with the signal's reason once it is aborted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Returns a number from 0 to less than 1. */
  readonly random: () => number;
}

export const systemRuntime: Runtime = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const abort = () => {
        clearTimeout(timer);
        reject(abortReason(signal));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, milliseconds);
      signal?.addEventListener('abort', abort, { once: true });
    }),
  random: () => Math.random(),
};

/** Returns what an aborted signal's operations reject with. */
export function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException('The operation was aborted', 'AbortError');
}
