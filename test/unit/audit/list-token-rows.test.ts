import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listTokenRows, type TokenListing } from '../../../shared/audit/list-token-rows.ts';
import { addHours, FIRST_HOUR, LAST_HOUR } from '../../../shared/audit/token-hours.ts';
import type { TokenPosition, TokenRows } from '../../../shared/audit/token-pages.ts';
import type { TableRow } from '../../../shared/tables/columns.ts';
import { isAddOn, memoryTokenPages } from '../../fakes/memory-token-pages.ts';
import { propertyRuns } from '../../property-runs.ts';

const NOW_HOUR = '2026112212';
type Behaviour = Parameters<typeof memoryTokenPages>[2];

let serial = 0;
function row(hour: string, shard: number | string, parts: Partial<TableRow> = {}): TableRow {
  serial += 1;
  const fingerprint = createHash('sha256').update(String(serial)).digest('hex');
  return {
    partitionKey: `t-${shard}-${hour}`,
    rowKey: `${fingerprint}-abcdefgh`,
    requestId: `r${serial}`,
    ...parts,
  };
}
const completed = ({ partitionKey, rowKey }: TableRow): TableRow => ({
  partitionKey,
  rowKey: `${rowKey}~completed`,
  requestId: 'c',
  outcome: 'succeeded',
});

const listing = (parts: Partial<TokenListing> = {}): TokenListing => ({
  order: 'asc',
  hours: { from: FIRST_HOUR, to: null },
  position: null,
  nowHour: NOW_HOUR,
  limit: 100,
  ...parts,
});

/** Reads one page of a list of `rows`. */
async function page(
  rows: Iterable<TableRow>,
  asked: TokenListing,
  behaviour: Behaviour & { matches?: (row: TableRow) => boolean } = {},
) {
  const pages = memoryTokenPages(rows, behaviour.matches, behaviour);
  const tokens: TokenRows[] = [];
  const next = await listTokenRows(pages, asked, (token) => {
    if (token.rows.some((one) => !isAddOn(one as TableRow))) tokens.push(token);
    return Promise.resolve(tokens.length < asked.limit);
  });
  return { tokens, next, pages };
}

/** Reads a whole list, page after page; `between` is called after each. */
async function all(
  rows: Iterable<TableRow>,
  asked: TokenListing,
  behaviour: Parameters<typeof page>[2] = {},
  between: () => void = () => undefined,
) {
  const tokens: TokenRows[] = [];
  let position: TokenPosition | null = null;
  for (let count = 1; ; count += 1) {
    const { tokens: found, next }: Awaited<ReturnType<typeof page>> = await page(
      rows,
      { ...asked, position },
      behaviour,
    );
    expect(found.length).toBeLessThanOrEqual(asked.limit);
    tokens.push(...found);
    if (next === null) return { tokens, count };
    if (count > 2000) throw new Error('The list does not end');
    position = next;
    between();
  }
}

const keys = (tokens: readonly TokenRows[]) => tokens.map(({ hour, rowKey }) => `${hour} ${rowKey}`);
function inOrder(rows: readonly TableRow[], order: 'asc' | 'desc'): string[] {
  const sign = order === 'asc' ? 1 : -1;
  const parts = rows
    .filter((one) => !isAddOn(one))
    .map(({ partitionKey, rowKey }) => ({ hour: partitionKey.slice(-10), rowKey }));
  const less = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return parts
    .sort((a, b) => sign * less(a.hour, b.hour) || less(a.rowKey, b.rowKey))
    .map(({ hour, rowKey }) => `${hour} ${rowKey}`);
}

const anyHour = fc.oneof(
  fc.integer({ min: -4, max: 9 }).map((count) => addHours(NOW_HOUR, count)),
  fc.integer({ min: -20_000, max: 9000 }).map((count) => addHours(NOW_HOUR, count)),
  fc.constantFrom(FIRST_HOUR, LAST_HOUR),
);
// A later version may write to shards that this one does not know.
const anyShard = fc.oneof(fc.nat(7), fc.constantFrom(8, 9, 10, 12, 79, 120, 999));
const anyRows = fc
  .array(fc.tuple(anyHour, anyShard, fc.boolean(), fc.boolean()), { maxLength: 60 })
  .map((all) =>
    all.flatMap(([hour, shard, isCompleted, isWanted]) => {
      const one = row(hour, shard, { grant: isWanted ? 'a' : 'b' });
      return isCompleted ? [one, completed(one)] : [one];
    }),
  );
const anyOrder = fc.constantFrom('asc' as const, 'desc' as const);
const runs = { numRuns: propertyRuns({ quick: 60, full: 600 }) };

describe('a list of tokens', () => {
  it('has each token once with its add-on rows, in order, whatever the size of pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRows,
        anyOrder,
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (rows, order, limit, sizes, isFiltered) => {
          const matches = ({ grant }: TableRow) => !isFiltered || grant === 'a';
          // Storage may return empty pages, but not for ever.
          const rowsOf = (count: number) =>
            Math.max(sizes[count % sizes.length] ?? 0, count % 3 === 0 ? 2 : 0);
          const wanted = rows.filter((one) => isAddOn(one) || matches(one));
          const found = await all(rows, listing({ order, limit }), { matches, rowsOf, maxPages: 400 });
          expect(keys(found.tokens)).toEqual(inOrder(wanted, order));
          const joined = found.tokens.flatMap((token) => token.rows).length;
          const added = rows.filter(
            (one) => isAddOn(one) && wanted.some(({ rowKey }) => `${rowKey}~completed` === one.rowKey),
          );
          expect(joined).toBe(found.tokens.length + added.length);
        },
      ),
      runs,
    );
  });

  it('loses and doubles none of the tokens that were there, while tokens are added and expired hours removed', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRows,
        fc.array(fc.tuple(anyHour, anyShard), { maxLength: 40 }),
        anyOrder,
        fc.integer({ min: 1, max: 9 }),
        async (rows, additions, order, limit) => {
          const table = new Set(rows);
          const removed = new Set<TableRow>();
          let step = 0;
          const change = () => {
            const added = additions[step];
            if (added) table.add(row(...added));
            const expired = rows[step * 3];
            step += 1;
            if (expired === undefined || expired.partitionKey.slice(-10) >= NOW_HOUR) return;
            for (const one of rows.filter(({ partitionKey }) => partitionKey === expired.partitionKey)) {
              removed.add(one);
              table.delete(one);
            }
          };
          const behaviour = { beforePage: change, maxPages: 60 };
          const found = keys((await all(table, listing({ order, limit }), behaviour, change)).tokens);
          expect(new Set(found).size).toBe(found.length);
          expect(found).toEqual(
            expect.arrayContaining(
              inOrder(
                rows.filter((one) => !removed.has(one)),
                order,
              ),
            ),
          );
          const ever = inOrder([...table, ...removed], order);
          expect(found).toEqual(ever.filter((key) => found.includes(key)));
        },
      ),
      runs,
    );
  });

  it.each(['asc', 'desc'] as const)(
    'reads the same for 1,000 and for 20,000 rows of history (%s)',
    async (order) => {
      const live = Array.from({ length: 300 }, (_, index) => row(addHours(NOW_HOUR, index % 24), index % 8));
      const reads = await Promise.all(
        [1000, 20_000].map(async (count) => {
          const history = Array.from({ length: count }, (_, index) =>
            row(addHours(NOW_HOUR, -2 - (index % 9000)), index % 8),
          );
          const hours = { from: addHours(NOW_HOUR, -1), to: null };
          const { tokens, next, pages } = await page([...history, ...live], listing({ order, hours }));
          expect(tokens).toHaveLength(100);
          const second = await page([...history, ...live], listing({ order, hours, position: next }));
          expect(second.tokens).toHaveLength(100);
          return [pages, second.pages].map(({ queries, rowsRead }) => ({
            ranges: new Set(queries.map(({ range }) => JSON.stringify(range))).size,
            pages: queries.length,
            entities: rowsRead(),
          }));
        }),
      );
      expect(reads[1]).toEqual(reads[0]);
      expect(reads[0]!.every(({ pages }) => pages <= 60)).toBe(true);
    },
  );

  it.each(['asc', 'desc'] as const)(
    'goes on page by page where hours are too large for a call (%s)',
    async (order) => {
      const busy = Array.from({ length: 9000 }, (_, index) => row(addHours(NOW_HOUR, index % 3), index % 2));
      const found = await all(busy, listing({ order, limit: 1000 }), { maxPages: 60 });
      expect(keys(found.tokens)).toEqual(inOrder(busy, order));
      expect(found.count).toBeLessThan(20);
    },
  );

  it.each(['asc', 'desc'] as const)(
    'makes progress where storage scans many rows for each one that matches (%s)',
    async (order) => {
      const few = [row('2025010100', 3), row('2026060100', 1), row(NOW_HOUR, 0)];
      const others = Array.from({ length: 4000 }, (_, index) =>
        row(addHours(NOW_HOUR, -index * 4), index % 8, { grant: 'b' }),
      );
      // A page of a wide range ends after some rows, whether they match or not.
      const rows = [...few, ...others];
      const matches = ({ grant }: TableRow) => grant !== 'b';
      const pages = (asked: TokenListing) => {
        const source = memoryTokenPages(rows, () => true, { maxPages: 60, rowsOf: () => 200 });
        return {
          ...source,
          read: async (query: Parameters<typeof source.read>[0]) => {
            const found = await source.read(query);
            return (
              found && {
                ...found,
                rows: query.keysOnly ? found.rows : found.rows.filter((one) => matches(one as TableRow)),
              }
            );
          },
          asked,
        };
      };
      const tokens: TokenRows[] = [];
      let position: TokenPosition | null = null;
      for (let count = 0; count < 300; count += 1) {
        const asked: TokenListing = listing({ order, position });
        position = await listTokenRows(pages(asked), asked, (token) => {
          tokens.push(token);
          return Promise.resolve(true);
        });
        if (position === null) break;
      }
      expect(position).toBeNull();
      expect(keys(tokens)).toEqual(inOrder(few, order));
    },
  );

  it('fails instead of returning a cursor that leads nowhere', async () => {
    const rows = [row(NOW_HOUR, 1)];
    const position = { hour: NOW_HOUR, rowKey: '' };
    for (const order of ['asc', 'desc'] as const)
      await expect(page(rows, listing({ order, position }), { rowsOf: () => 0 })).rejects.toMatchObject({
        code: 'audit_unavailable',
      });
  });

  it('reads no hour before the list begins, whatever the cursor says', async () => {
    const hours = { from: NOW_HOUR, to: null };
    const old = row('2020010100', 1);
    const { tokens, next } = await page(
      [old],
      listing({ hours, position: { hour: '2019010100', rowKey: '' } }),
    );
    expect([tokens, next]).toEqual([[], null]);
  });
});
