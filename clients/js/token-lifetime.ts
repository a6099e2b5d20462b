import type { IssuedToken } from './api.ts';

/** Times of the runtime's clock, in milliseconds. */
export interface Lifetime {
  /** From here on a new token should be asked for. */
  readonly refreshAt: number;
  /** From here on the token must not be returned: it has expired, or is about to. */
  readonly endsAt: number;
}

/** `issuedAt` is cut to a whole second, so a token may end up to a second before `expiresIn` has passed. */
const CUT_MS = 1000;
const LONGEST_MARGIN_MS = 5000;

/**
 * Returns when a token must be replaced. Only differences of the broker's own times count, from when the request was sent.
 * @param sentAt by the runtime's clock
 */
export function lifetimeOf(token: IssuedToken, sentAt: number): Lifetime {
  const lifeMs = token.expiresIn * 1000;
  const untilRefresh = Date.parse(token.refreshAfter) - Date.parse(token.issuedAt);
  const endsAt = sentAt + lifeMs - CUT_MS - Math.min(LONGEST_MARGIN_MS, lifeMs / 10);
  const refreshAt = sentAt + (Number.isNaN(untilRefresh) ? lifeMs * 0.8 : untilRefresh);
  return { refreshAt: Math.min(refreshAt, endsAt), endsAt };
}
