import type { BrokerError } from '../broker-error.ts';
import { auditReadFailure } from './audit-unavailable.ts';
import { mergeShards } from './merge-shards.ts';
import { addHours, LAST_HOUR, laterHour } from './token-hours.ts';
import type { TokenPages, TokenPosition, VisitToken } from './token-pages.ts';
import { findShards, firstHourSince } from './token-shards.ts';
import { type Hours, type ListReading, rangeStreams, readWindow, walkHours } from './walk-hours.ts';

/** A list of tokens by hour of expiry, and within an hour by row key. `desc` turns the hours only. */
export interface TokenListing {
  readonly order: 'asc' | 'desc';
  readonly hours: Hours;
  /** Where to begin; null: at the beginning. */
  readonly position: TokenPosition | null;
  /** The hour of the list's instant, near which most tokens expire. */
  readonly nowHour: string;
  /** How many tokens are wanted. `visit` says when there are enough. */
  readonly limit: number;
}

const LEAST_ROWS = 100;
const MOST_ROWS = 1000;
/** If no token was found after this share of the pages or the time, few rows match: then hours are read one by one. */
const PATIENCE = 0.35;
const FALLBACK_HOURS = 64;
/** How many hours ahead of now the last tokens may expire: a window from there to the end is tried, nearest first. */
const AHEAD_HOURS = [2, 24, 8 * 24, 400 * 24];

/**
 * Visits the tokens of all shards in the order of the list.
 * @returns where the next page begins; null: there are no further tokens.
 * @throws BrokerError `audit_unavailable` if the reading made no progress.
 */
export async function listTokenRows(
  pages: TokenPages,
  listing: TokenListing,
  visit: VisitToken,
): Promise<TokenPosition | null> {
  const { order, position, limit } = listing;
  const shards = await findShards(pages);
  if (shards === null) throw noProgress();
  const reading = { pages, shards, order, top: Math.min(MOST_ROWS, Math.max(LEAST_ROWS, limit)) };
  const next =
    order === 'asc' ? await ascend(reading, listing, visit) : await descend(reading, listing, visit);
  if (next === null) return null;
  const isSame = next?.hour === position?.hour && next?.rowKey === position?.rowKey;
  if (next === undefined || isSame) throw noProgress();
  return { hour: next.hour, rowKey: next.rowKey };
}

/** Returns undefined if nothing could be read. */
async function ascend(
  reading: ListReading,
  { hours: { from, to }, position }: TokenListing,
  visit: VisitToken,
): Promise<TokenPosition | null | undefined> {
  // A cursor is text from outside, so it may name an earlier hour.
  const start = position === null || position.hour < from ? { hour: from, rowKey: '' } : position;
  const streams = rangeStreams(reading, start, to);
  const { ended, last } = await mergeShards(
    streams,
    visit,
    (found) => found !== null || reading.pages.spent() < PATIENCE,
  );
  if (ended === 'complete' || streams.every(({ isAtEnd }) => isAtEnd)) return null;
  if (last !== null) return last;
  const first = await firstHourSince(reading.pages, reading.shards, start.hour);
  if (first === null || first === undefined) return first;
  const walked = first === start.hour ? start : { hour: first, rowKey: '' };
  return walkHours(reading, { from: first, to: to ?? LAST_HOUR }, walked, { visit, widest: FALLBACK_HOURS });
}

/** Returns undefined if nothing could be read. */
async function descend(
  reading: ListReading,
  listing: TokenListing,
  visit: VisitToken,
): Promise<TokenPosition | null | undefined> {
  const { from } = listing.hours;
  let start = listing.position;
  if (start === null) {
    const { ended, next } = await descendFromEnd(reading, listing, visit);
    if (ended) return next;
    start = next;
  }
  return walkHours(reading, { from, to: start.hour }, start, { visit });
}

type Descent =
  | { readonly ended: true; readonly next: TokenPosition | null | undefined }
  | { readonly ended: false; readonly next: TokenPosition };

/**
 * Visits the tokens that expire last. A table can only be read forwards and no query returns the last row, so windows
 * that reach to the end are tried, the largest first, until one is small enough to be read at once.
 */
async function descendFromEnd(
  reading: ListReading,
  { hours: { from, to }, nowHour }: TokenListing,
  visit: VisitToken,
): Promise<Descent> {
  const later = AHEAD_HOURS.map((count) => addHours(nowHour, count));
  const starts = [from, ...(to === null ? [...later, LAST_HOUR] : [])].map((hour) => laterHour(hour, from));
  for (const start of starts) {
    const tokens = await readWindow(reading, { from: start, to });
    if (tokens === 'cut') return { ended: true, next: undefined };
    if (tokens === 'large') continue;
    for (const [index, token] of tokens.entries()) {
      const isLast = start === from && index === tokens.length - 1;
      if (!(await visit(token))) return { ended: true, next: isLast ? null : token };
    }
    if (start === from) return { ended: true, next: null };
    return { ended: false, next: { hour: addHours(start, -1), rowKey: '' } };
  }
  return { ended: false, next: { hour: to ?? LAST_HOUR, rowKey: '' } };
}

function noProgress(): BrokerError {
  return auditReadFailure('a list of tokens made no progress');
}
