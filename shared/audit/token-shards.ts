import { columnOf } from '../tables/columns.ts';
import { SHARDS } from './row-keys.ts';
import { hourOfPartition } from './token-hours.ts';
import type { TokenPages, TokenRange } from './token-pages.ts';

const SHARD = /^t-(\d+)-/;
const KNOWN = Array.from({ length: SHARDS }, (_, shard) => String(shard));

/**
 * Returns the shards that tokens can be in: today's, and those of a later version that have rows. The number of shards
 * may grow while this version still runs.
 * @returns null if the reading ended early.
 */
export async function findShards(pages: TokenPages): Promise<readonly string[] | null> {
  const ranges = [
    ...KNOWN.slice(1).map((digit) => ({ from: `t-${digit}0`, before: `t-${digit}:` })),
    // ":" is the character after "9".
    { from: `t-${SHARDS}`, before: 't-:' },
  ];
  const found = await Promise.all(ranges.map((range) => shardsIn(pages, range)));
  return found.includes(null) ? null : [...KNOWN, ...found.flatMap((shards) => shards ?? [])];
}

/** Skips from shard to shard: reads one key, then looks beyond its shard. */
async function shardsIn(
  pages: TokenPages,
  { from, before }: Extract<TokenRange, { from: string }>,
): Promise<string[] | null> {
  const shards: string[] = [];
  for (let next = from; ;) {
    const first = await firstKeyIn(pages, { from: next, before });
    if (first === undefined) return null;
    const shard = first === null ? undefined : SHARD.exec(first)?.[1];
    if (shard === undefined) return shards;
    shards.push(shard);
    // "." is the character after "-".
    next = `t-${shard}.`;
  }
}

/**
 * Returns the earliest hour from `hour` on in which any token expires, whatever the conditions; null: there is none;
 * undefined: the reading ended early.
 */
export async function firstHourSince(
  pages: TokenPages,
  shards: readonly string[],
  hour: string,
): Promise<string | null | undefined> {
  const keys = await Promise.all(
    shards.map((shard) => firstKeyIn(pages, { from: `t-${shard}-${hour}`, before: `t-${shard}.` })),
  );
  if (keys.includes(undefined)) return undefined;
  const hours = keys.flatMap((key) => (key === null || key === undefined ? [] : hourOfPartition(key)));
  return hours.sort()[0] ?? null;
}

/** Returns the first partition key with a row in the range; null: none has; undefined: the reading ended early. */
async function firstKeyIn(pages: TokenPages, range: TokenRange): Promise<string | null | undefined> {
  for (let from = ''; ;) {
    const page = await pages.read({ range, from, top: 1, keysOnly: true });
    if (page === null) return undefined;
    const [first] = page.rows;
    if (first !== undefined) return columnOf(first, 'partitionKey');
    if (page.rest === null) return null;
    from = page.rest;
  }
}
