import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { parseJson } from '../input/json-text.ts';
import { formatInstant } from '../iso-time.ts';
import type { CountRange } from './token-count.ts';

/** An unfinished count: what it asks for, how far each part was read, and what was found so far. */
export interface UnfinishedCount {
  /** Rows that name this value of a key are not counted; null leaves out none. */
  readonly exceptKeyId: string | null;
  /** Tokens that expire later than this are counted. */
  readonly now: Date;
  /** One filter per part; together they match every row that may count. */
  readonly filters: readonly string[];
  /** The next page of each part: `''` is the first; null means that the part was read to its end. */
  readonly positions: readonly (string | null)[];
  readonly count: number;
  /** The latest expiry in milliseconds; 0 if no token was found. */
  readonly latest: number;
}

const storedRest = z.strictObject({
  now: z.iso.datetime(),
  asked: z.string(),
  positions: z.array(z.nullable(z.string())),
});

/** Continues `begun` if it asked for exactly what `filtersAt` asks for now; starts again otherwise. */
export function resumeCount(
  exceptKeyId: string | null,
  { now, begun }: Pick<CountRange, 'now' | 'begun'>,
  filtersAt: (now: Date) => readonly string[],
): UnfinishedCount {
  const rest = storedRest.safeParse(parseJson(begun?.rest ?? ''));
  if (begun !== undefined && rest.success) {
    const { positions, asked } = rest.data;
    const began = new Date(rest.data.now);
    const filters = filtersAt(began);
    if (asked === digestOf(exceptKeyId, filters) && positions.length === filters.length)
      return {
        exceptKeyId,
        now: began,
        filters,
        positions,
        count: begun.count,
        latest: begun.latestExpiry?.getTime() ?? 0,
      };
  }
  const filters = filtersAt(now);
  return { exceptKeyId, now, filters, positions: filters.map(() => ''), count: 0, latest: 0 };
}

/**
 * Returns `CountProgress.rest`. It contains a hash of what the count asks for, so that a version of the broker that asks for
 * something else does not continue it.
 */
export function encodeRest({ exceptKeyId, now, filters, positions }: UnfinishedCount): string {
  return JSON.stringify({ now: formatInstant(now), asked: digestOf(exceptKeyId, filters), positions });
}

const digestOf = (exceptKeyId: string | null, filters: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([exceptKeyId, filters]))
    .digest('base64url');
