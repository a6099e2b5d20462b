import { pause } from '../audit/time-limit.ts';
import { withinDeadline } from '../keys/call-deadline.ts';

const PAUSE_MS = 250;
/** Not of Azure's services but of the credential: the request never left. */
const NO_CREDENTIAL = new Set([
  'AuthenticationError',
  'AggregateAuthenticationError',
  'CredentialUnavailableError',
]);

/**
 * A read with one more try where that may help, both within `milliseconds`. The SDKs' own retries stay off: they sleep
 * for as long as a `Retry-After` says, and the caller would hear of a deadline instead of when to come back.
 * @throws what the last try throws, or `TimeoutError`.
 */
export async function readTwice<T>(
  milliseconds: number,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return await withinDeadline(milliseconds, async (signal) => {
    try {
      return await read(signal);
    } catch (error) {
      if (signal.aborted || !mayPass(error)) throw error;
      await pause(PAUSE_MS);
      return await read(signal);
    }
  });
}

/** Seconds from a reply's `Retry-After`, which may be a number or a date; null where there is none. */
export function retryAfterOf(error: unknown, now: Date): number | null {
  const text = headerOf(error, 'retry-after')?.trim();
  if (text === undefined || text === '') return null;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : (Date.parse(text) - now.getTime()) / 1000;
  return Number.isNaN(seconds) ? null : Math.max(0, Math.ceil(seconds));
}

/** The status that a service answered with; null where it did not answer. */
export function statusOf(error: unknown): number | null {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : null;
}

/** A header of the reply that an SDK's error tells of. */
export function headerOf(error: unknown, name: string): string | undefined {
  const { response } = (error ?? {}) as {
    response?: { headers?: { get?: (name: string) => string | undefined } };
  };
  return response?.headers?.get?.(name);
}

/** Whether there was no token to send a request with. */
export function lacksCredential(error: unknown): boolean {
  return error instanceof Error && NO_CREDENTIAL.has(error.name);
}

function mayPass(error: unknown): boolean {
  const status = statusOf(error);
  if (lacksCredential(error) || headerOf(error, 'retry-after') !== undefined) return false;
  return status === null || status >= 500;
}
