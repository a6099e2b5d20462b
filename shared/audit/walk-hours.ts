import { mergeShards } from './merge-shards.ts';
import { groupByToken, ShardStream } from './shard-stream.ts';
import { addHours, hoursBetween } from './token-hours.ts';
import type { TokenPages, TokenPosition, TokenRows, VisitToken } from './token-pages.ts';

/** What every reading of a list needs. */
export interface ListReading {
  readonly pages: TokenPages;
  /** From `findShards`. */
  readonly shards: readonly string[];
  readonly order: 'asc' | 'desc';
  /** How many rows a page has that is read to find the next token. */
  readonly top: number;
}

/** Hours, both inclusive. `to` null: every later hour. */
export interface Hours {
  readonly from: string;
  readonly to: string | null;
}

const LEAST_ROWS = 250;
const MOST_ROWS = 1000;
/** A window that is too large is tried again this many times smaller: the smallest comes within one call's pages. */
const SHRINKING = 64;
const GROWTH = 8;

/**
 * Visits the tokens of one window of hours after the other, in the order of the list, from `start` to the end of `hours`.
 * A window shrinks until one page per shard has all of it, to one hour at the least, which is read in any number of
 * pages. So each call makes progress, however many rows there are, however few match and however long the gaps are.
 * @param widest how many hours the first window has at most.
 * @returns where to continue; null: the list is at its end.
 */
export async function walkHours(
  reading: ListReading,
  hours: { readonly from: string; readonly to: string },
  start: TokenPosition,
  { visit, widest = Infinity }: { readonly visit: VisitToken; readonly widest?: number },
): Promise<TokenPosition | null> {
  const sign = reading.order === 'asc' ? 1 : -1;
  let position = start;
  let limit = widest;
  let width = widest;
  while (hours.from <= position.hour && position.hour <= hours.to) {
    const left = hoursBetween(position.hour, sign === 1 ? hours.to : hours.from) + 1;
    width = Math.min(width, limit, left);
    if (position.rowKey !== '' || width === 1) {
      const { ended, last } = await mergeShards(hourStreams(reading, position), visit);
      if (ended !== 'complete') return last ?? position;
      position = { hour: addHours(position.hour, sign), rowKey: '' };
      width = width === 1 ? GROWTH : width;
      continue;
    }
    const far = addHours(position.hour, sign * (width - 1));
    const window = sign === 1 ? { from: position.hour, to: far } : { from: far, to: position.hour };
    const tokens = await readWindow(reading, window);
    if (tokens === 'cut') return position;
    if (tokens === 'large') {
      limit = Math.max(1, Math.floor(width / GROWTH));
      width = Math.max(1, Math.floor(width / SHRINKING));
      continue;
    }
    for (const token of tokens) if (!(await visit(token))) return token;
    position = { hour: addHours(position.hour, sign * width), rowKey: '' };
    width *= GROWTH;
  }
  return null;
}

/**
 * Reads the tokens of a window of hours in the order of the list, with one page per shard.
 * @returns `large` if some shard has more; `cut` if the reading ended early.
 */
export async function readWindow(
  { pages, shards, order, top }: ListReading,
  { from, to }: Hours,
): Promise<readonly TokenRows[] | 'large' | 'cut'> {
  const most = Math.min(MOST_ROWS, Math.max(LEAST_ROWS, top));
  const found = await Promise.all(
    shards.map((shard) => {
      const range = { from: `t-${shard}-${from}`, before: endOf(shard, to) };
      return pages.read({ range, from: '', top: most, keysOnly: false });
    }),
  );
  if (found.includes(null)) return 'cut';
  if (found.some((page) => page?.rest !== null)) return 'large';
  const tokens = found.flatMap((page) => groupByToken(page?.rows ?? []));
  const sign = order === 'asc' ? 1 : -1;
  return tokens.sort((a, b) => sign * compare(a.hour, b.hour) || compare(a.rowKey, b.rowKey));
}

/** Returns the streams of the tokens of several hours, which begin at a position, in ascending order. */
export function rangeStreams(
  { pages, shards, top }: ListReading,
  { hour, rowKey }: TokenPosition,
  to: string | null,
): ShardStream[] {
  return shards.map((shard) => {
    const before = endOf(shard, to);
    const first = rowKey === '' ? [] : [restOf(shard, { hour, rowKey })];
    const next = rowKey === '' ? hour : addHours(hour, 1);
    return new ShardStream(pages, [...first, { from: `t-${shard}-${next}`, before }], top);
  });
}

function hourStreams({ pages, shards, top }: ListReading, position: TokenPosition): ShardStream[] {
  return shards.map((shard) => new ShardStream(pages, [restOf(shard, position)], top));
}

/** "~" begins the part of an add-on row's key that its token's key does not have. */
function restOf(shard: string, { hour, rowKey }: TokenPosition) {
  return { partition: `t-${shard}-${hour}`, rowsFrom: rowKey === '' ? '' : `${rowKey}~~` };
}

/** "." is the character after "-". */
function endOf(shard: string, to: string | null): string {
  return to === null ? `t-${shard}.` : `t-${shard}-${addHours(to, 1)}`;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
