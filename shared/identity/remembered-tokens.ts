import { hash } from 'node:crypto';
import type { VerifiedToken } from './caller.ts';
import { CLOCK_TOLERANCE, epochSeconds } from './verified-claims.ts';

const MAX_TOKENS = 5_000;
const MAX_MILLISECONDS = 5 * 60_000;

interface Remembered {
  readonly verified: VerifiedToken;
  /** The token's `exp`, in seconds since 1970. */
  readonly expiresAt: number;
  readonly at: Date;
}

/**
 * A bounded cache of the tokens that were verified in the last 5 minutes, by the SHA-256 of their whole text. It never
 * holds a token or a failure.
 */
export class RememberedTokens {
  readonly #byHash = new Map<string, Remembered>();
  readonly #max: number;

  constructor(max = MAX_TOKENS) {
    this.#max = max;
  }

  /** Returns the verified claims; null if the token is not cached, was cached 5 minutes ago or more, or has expired. */
  recall(token: string, now: Date): VerifiedToken | null {
    const key = hashOf(token);
    const remembered = this.#byHash.get(key);
    if (remembered === undefined) return null;
    this.#byHash.delete(key);
    const age = Math.abs(now.getTime() - remembered.at.getTime());
    if (age >= MAX_MILLISECONDS || remembered.expiresAt <= epochSeconds(now) - CLOCK_TOLERANCE) return null;
    // Inserted again at the end: a Map keeps the order of insertion, so its first entry is the least recently used.
    this.#byHash.set(key, remembered);
    return remembered.verified;
  }

  /**
   * Caches a verified token in place of the least recently used one.
   * @param expiresAt the token's `exp`, in seconds since 1970.
   */
  remember(token: string, verified: VerifiedToken, expiresAt: number, now: Date): void {
    const [oldest] = this.#byHash.keys();
    if (oldest !== undefined && this.#byHash.size >= this.#max) this.#byHash.delete(oldest);
    this.#byHash.set(hashOf(token), { verified, expiresAt, at: now });
  }
}

function hashOf(token: string): string {
  return hash('sha256', token, 'base64');
}
