/** How often a call is tried, and the longest wait between two tries. */
export interface RetryOptions {
  /** Counts the first try. */
  readonly attempts: number;
  readonly maxDelayMs: number;
}

const FIRST_DELAY_MS = 500;
const LEAST_SPREAD_MS = 100;

/**
 * Returns how long to wait before the next try, in milliseconds; null if the broker asks for a longer wait than allowed.
 * Chance spreads clients that failed together.
 * @param tried how many tries have failed
 * @param retryAfterMs what `retryAfter` read
 * @param random a number from 0 to less than 1
 */
export function retryDelay(
  tried: number,
  retryAfterMs: number | null,
  { maxDelayMs }: RetryOptions,
  random: number,
): number | null {
  if (retryAfterMs === null) {
    const longest = Math.min(maxDelayMs, FIRST_DELAY_MS * 2 ** (tried - 1));
    return (longest * (1 + random)) / 2;
  }
  if (retryAfterMs > maxDelayMs) return null;
  return Math.min(maxDelayMs, retryAfterMs + (Math.max(retryAfterMs, LEAST_SPREAD_MS) * random) / 2);
}

/**
 * Reads `Retry-After` in milliseconds; null if it is absent or unreadable. A date counts from the reply's own `Date`, because
 * the client's clock may be wrong.
 */
export function retryAfter(headers: Pick<Headers, 'get'>): number | null {
  const given = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(given)) return Number(given) * 1000;
  const wait = Date.parse(given) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}
