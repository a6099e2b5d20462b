import { groupedDigits } from './grouped-digits.ts';
import type { JsonLimits } from './scan-json.ts';

/** What the body of a request may cost. */
export interface BodyLimits extends JsonLimits {
  readonly maxBytes: number;
}

/** The limits of a body, and of each request of a batch. */
export const REQUEST_LIMITS: BodyLimits = { maxBytes: 64 * 1024, maxValues: 1000, maxDepth: 32 };

/** The limits of a whole batch. Its object and its list are two levels more than a request has. */
export const BATCH_LIMITS: BodyLimits = { maxBytes: 1024 * 1024, maxValues: 10_000, maxDepth: 34 };

/** Describes a body that is too long. */
export function tooLong(what: string, { maxBytes }: BodyLimits): string {
  return `The ${what} must be at most ${groupedDigits(maxBytes)} bytes.`;
}
