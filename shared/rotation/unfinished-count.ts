import { createHash } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../input/json-text.ts';
import { formatInstant } from '../iso-time.ts';
import type { CountRange } from './token-count.ts';
import type { KeyName } from '../azure/services.ts';

/** A count on its way: what it asks, how far each part of that was read, and what was found so far. */
export interface UnfinishedCount {
  readonly key: KeyName;
  readonly anyName: boolean;
  /** Tokens count that expire later. */
  readonly now: Date;
  /** One a part; together they match every row that may count. */
  readonly filters: readonly string[];
  /** A part's next page, `''` for its first; null: it was read to its end. */
  readonly positions: readonly (string | null)[];
  readonly count: number;
  /** Milliseconds; 0 where no token was found. */
  readonly latest: number;
}

const storedRest = z.strictObject({
  now: z.iso.datetime(),
  asked: z.string(),
  positions: z.array(z.string().nullable()),
});

/** Goes on with `begun`, where that asked exactly what `filtersAt` asks today; begins anew otherwise. */
export function goOnWith(
  key: KeyName,
  { now, anyName = false, begun }: Pick<CountRange, 'now' | 'anyName' | 'begun'>,
  filtersAt: (now: Date) => readonly string[],
): UnfinishedCount {
  const rest = storedRest.safeParse(parseJson(begun?.rest ?? ''));
  if (begun !== undefined && rest.success) {
    const { positions, asked } = rest.data;
    const began = new Date(rest.data.now);
    const filters = filtersAt(began);
    if (asked === digestOf(key, anyName, filters) && positions.length === filters.length)
      return {
        key,
        anyName,
        now: began,
        filters,
        positions,
        count: begun.count,
        latest: begun.latestExpiry?.getTime() ?? 0,
      };
  }
  const filters = filtersAt(now);
  return { key, anyName, now, filters, positions: filters.map(() => ''), count: 0, latest: 0 };
}

/** `TokenCount.rest`. A version that asks otherwise must not go on from here, so it holds a hash of what was asked. */
export function restOf({ key, anyName, now, filters, positions }: UnfinishedCount): string {
  return JSON.stringify({ now: formatInstant(now), asked: digestOf(key, anyName, filters), positions });
}

const digestOf = (key: KeyName, anyName: boolean, filters: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([key, anyName, filters]))
    .digest('base64url');
