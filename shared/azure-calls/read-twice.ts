import { headerOf, lacksCredential, statusOf } from './failure.ts';
import { pause, withTimeout } from './timeout.ts';

const PAUSE_MS = 250;

/**
 * Reads, and tries once more if that may help, both within `timeoutMs`. The SDKs' own retries stay off: they sleep for
 * as long as a `Retry-After` says, so the caller would get a timeout instead of the time to retry after.
 * @throws what the last try throws, or `TimeoutError`.
 */
export async function readTwice<T>(timeoutMs: number, read: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return await withTimeout(timeoutMs, async (signal) => {
    try {
      return await read(signal);
    } catch (error) {
      if (signal.aborted || !mayHelp(error)) throw error;
      await pause(PAUSE_MS);
      return await read(signal);
    }
  });
}

function mayHelp(error: unknown): boolean {
  const status = statusOf(error);
  if (lacksCredential(error) || headerOf(error, 'retry-after') !== undefined) return false;
  return status === null || status >= 500;
}
