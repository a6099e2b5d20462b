import { parseCorrelationId } from '../../audit/correlation-id.ts';
import { addSeconds, earlierOf, hourOf, LATEST_INSTANT } from '../../iso-time.ts';
import type { SasFields } from '../../sas/sas-query.ts';
import { parseSasTime } from '../../sas/sas-times.ts';
import type { LookupQuestion } from './parse-lookup.ts';

/** No token of the broker lives longer, so this bounds the hours in which a token seen in use at a time can expire. */
const LONGEST_LIFE_SECONDS = 366 * 86_400;

/** Hours of expiry, both inclusive; null: all. */
export type Hours = { readonly from: string; readonly to: string } | null;

/**
 * Returns the hours of expiry to search, in the order in which to search them. Rows are found by the hour of their
 * expiry: the token's own `se`, or the hour in its `scid`. A time at which the token was seen bounds the hours, but the
 * time in a log line does so only at first, because a denied request may have come after the expiry.
 */
export function searchHours(
  question: Pick<LookupQuestion, 'sas' | 'expiresAt' | 'around' | 'loggedAt'>,
): Hours[] {
  const { sas, expiresAt, around, loggedAt } = question;
  const expiry = expiresAt ?? expiryOf(sas.fields);
  const hour = expiry === null ? (partitionOf(sas.fields)?.hour ?? null) : hourOf(expiry);
  if (hour !== null) return [{ from: hour, to: hour }];
  if (around !== null) return [hoursSince(around)];
  return loggedAt === null ? [null] : [hoursSince(loggedAt), null];
}

/** True if the search reads more than one hour of expiry. Only such a search is a scan, of which few may run at once. */
export function readsManyHours(question: Parameters<typeof searchHours>[0]): boolean {
  return searchHours(question).some((hours) => hours === null || hours.from !== hours.to);
}

/** Returns the token's expiry; null if it has none (a stored policy has it) or it cannot be read. */
export function expiryOf(fields: SasFields): Date | null {
  return parseSasTime(fields.get('se') ?? '');
}

/** Returns the shard and hour that the broker wrote into the token's `scid`; null if it has no such `scid`. */
export function partitionOf(fields: SasFields): { readonly shard: number; readonly hour: string } | null {
  return parseCorrelationId(fields.get('scid') ?? '');
}

function hoursSince(instant: Date): Hours {
  const latest = earlierOf(addSeconds(instant, LONGEST_LIFE_SECONDS), LATEST_INSTANT);
  return { from: hourOf(instant), to: hourOf(latest) };
}
