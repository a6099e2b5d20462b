import { pause } from './timeout.ts';
import { withTimeout } from './timeout.ts';
import { statusOf, lacksCredential, headerOf } from './failure.ts';

const PAUSE_MS = 250;

/**
 * A read with one more try where that may help, both within `milliseconds`. The SDKs' own retries stay off: they sleep
 * for as long as a `Retry-After` says, and the caller would hear of a deadline instead of when to come back.
 * @throws what the last try throws, or `TimeoutError`.
 */
export async function readTwice<T>(
  milliseconds: number,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return await withTimeout(milliseconds, async (signal) => {
    try {
      return await read(signal);
    } catch (error) {
      if (signal.aborted || !mayPass(error)) throw error;
      await pause(PAUSE_MS);
      return await read(signal);
    }
  });
}

function mayPass(error: unknown): boolean {
  const status = statusOf(error);
  if (lacksCredential(error) || headerOf(error, 'retry-after') !== undefined) return false;
  return status === null || status >= 500;
}
