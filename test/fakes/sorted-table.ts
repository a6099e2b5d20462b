import type { ReadRow, TableRow } from '../../shared/tables/columns.ts';
import { parseTableFilter } from './table-filter.ts';

/** The keys of a row. Rows are in their order: by partition key, then by row key. */
export interface RowKeys {
  readonly partitionKey: string;
  readonly rowKey: string;
}

/** Rows in the order of their keys. They need not exist in memory. */
export interface SortedRows {
  readonly length: number;
  readonly keysAt: (index: number) => RowKeys;
  readonly rowAt: (index: number) => ReadRow;
}

/** One page to read. */
export interface SortedQuery {
  /** OData filter. */
  readonly filter: string;
  readonly top: number;
  /** The `rest` of the previous page; null for the first one. */
  readonly from: RowKeys | null;
}

export interface SortedPage {
  readonly rows: readonly ReadRow[];
  /** The next row to look at; null: this was the last page. */
  readonly rest: RowKeys | null;
  /** How many rows were looked at. */
  readonly scanned: number;
}

/** The most rows that storage returns in one page. */
const MAX_PAGE_ROWS = 1000;
/** Storage ends a page after 5 s, whatever it has found by then. Here, it ends after so many rows. */
const MAX_SCANNED_ROWS = 5000;

/** Rows in memory, in the order of their keys. */
class StoredRows implements SortedRows {
  readonly #rows: ReadRow[] = [];

  get length(): number {
    return this.#rows.length;
  }

  keysAt(index: number): RowKeys {
    const row = this.rowAt(index);
    return { partitionKey: String(row['partitionKey']), rowKey: String(row['rowKey']) };
  }

  rowAt(index: number): ReadRow {
    const row = this.#rows[index];
    if (row === undefined) throw new RangeError('There is no such row');
    return row;
  }

  insert(row: TableRow): void {
    this.#rows.splice(firstFrom(this, row), 0, row);
  }
}

/** A table that keeps rows in the order of their keys, beside others that it does not store. */
export class SortedTable {
  readonly #stored = new StoredRows();
  readonly #sources: readonly SortedRows[];

  constructor(...sources: readonly SortedRows[]) {
    this.#sources = [...sources, this.#stored];
  }

  /** Adds a row; returns false if the table has one with its keys. */
  insert(row: TableRow): boolean {
    if (this.#sources.some((source) => has(source, row))) return false;
    this.#stored.insert(row);
    return true;
  }

  /** Reads one page. @throws RangeError for a filter that is not supported. */
  page({ filter, top, from }: SortedQuery): SortedPage {
    const { matches, partitions, rows: bounds } = parseTableFilter(filter);
    const isOnePartition = partitions.from === partitions.to;
    const start = from ?? { partitionKey: partitions.from, rowKey: isOnePartition ? bounds.from : '' };
    const cursors = this.#sources.map((source) => new Cursor(source, firstFrom(source, start)));
    const rows: ReadRow[] = [];
    for (let scanned = 0; ; scanned += 1) {
      const cursor = earliest(cursors);
      const { partitionKey, rowKey } = cursor?.keys ?? { partitionKey: '', rowKey: '' };
      const isPast = isAfter(partitionKey, partitions.to) || (isOnePartition && isAfter(rowKey, bounds.to));
      if (cursor === null || isPast) return { rows, rest: null, scanned };
      if (rows.length >= Math.min(top, MAX_PAGE_ROWS) || scanned >= MAX_SCANNED_ROWS)
        return { rows, rest: cursor.keys, scanned };
      if (rowKey >= bounds.from && !isAfter(rowKey, bounds.to)) {
        const row = cursor.row();
        if (matches(row)) rows.push(row);
      }
      cursor.advance();
    }
  }
}

/** A place in rows. */
class Cursor {
  readonly #source: SortedRows;
  #index: number;
  /** The keys of the row at the place; null at the end. */
  keys: RowKeys | null;

  constructor(source: SortedRows, index: number) {
    this.#source = source;
    this.#index = index;
    this.keys = index < source.length ? source.keysAt(index) : null;
  }

  row(): ReadRow {
    return this.#source.rowAt(this.#index);
  }

  advance(): void {
    this.#index += 1;
    this.keys = this.#index < this.#source.length ? this.#source.keysAt(this.#index) : null;
  }
}

function earliest(cursors: readonly Cursor[]): Cursor | null {
  let first: Cursor | null = null;
  for (const cursor of cursors) {
    if (cursor.keys === null) continue;
    const earlier = first?.keys ?? null;
    if (earlier === null || compareKeys(cursor.keys, earlier) < 0) first = cursor;
  }
  return first;
}

/** Returns the index of the first row whose keys are these or later. */
function firstFrom(rows: SortedRows, keys: RowKeys): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(rows.keysAt(middle), keys) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function has(rows: SortedRows, keys: RowKeys): boolean {
  const index = firstFrom(rows, keys);
  return index < rows.length && compareKeys(rows.keysAt(index), keys) === 0;
}

function compareKeys(one: RowKeys, other: RowKeys): number {
  if (one.partitionKey !== other.partitionKey) return one.partitionKey < other.partitionKey ? -1 : 1;
  return one.rowKey < other.rowKey ? -1 : one.rowKey > other.rowKey ? 1 : 0;
}

const isAfter = (key: string, bound: string | null): boolean => bound !== null && key > bound;
