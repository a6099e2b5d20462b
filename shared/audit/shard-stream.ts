import { columnOf, type ReadRow } from '../tables/columns.ts';
import { hourOfPartition } from './token-hours.ts';
import type { TokenPages, TokenRange, TokenRows } from './token-pages.ts';

/** Reads the tokens of one shard in the order of hour and row key, a page at a time, as they are needed. */
export class ShardStream {
  readonly #pages: TokenPages;
  readonly #top: number;
  readonly #ranges: TokenRange[];
  #from = '';
  /** Rows that were read and not taken. */
  #rows: ReadRow[] = [];
  /** True if nothing else belongs to the last row in `#rows`. */
  #isClosed = true;
  #bound: string;

  /** @param ranges in order, without overlaps. */
  constructor(pages: TokenPages, ranges: readonly TokenRange[], top: number) {
    this.#pages = pages;
    this.#top = top;
    this.#ranges = [...ranges];
    this.#bound = this.#startOf(this.#ranges[0]);
  }

  /** The place in the order of the next token at the earliest. */
  get bound(): string {
    const [first] = this.#rows;
    return first === undefined ? this.#bound : orderKey(first);
  }

  /** True if every token was taken. */
  get isAtEnd(): boolean {
    return this.#rows.length === 0 && this.#ranges.length === 0;
  }

  /** True if `take` has a token; false: `load` first, unless the stream is at its end. */
  get isReady(): boolean {
    const [first] = this.#rows;
    if (first === undefined) return false;
    return this.#isClosed || this.#rows.some((row) => orderKey(row) !== orderKey(first));
  }

  /** Reads the next page. Returns false if there was no more room or time to read one. */
  async load(): Promise<boolean> {
    const [range] = this.#ranges;
    if (range === undefined) return true;
    const page = await this.#pages.read({ range, from: this.#from, top: this.#top, keysOnly: false });
    if (page === null) return false;
    this.#rows.push(...page.rows);
    const last = page.rows.at(-1);
    if (last !== undefined) this.#bound = orderKey(last);
    this.#from = page.rest ?? '';
    this.#isClosed = page.rest === null;
    if (page.rest === null) {
      this.#ranges.shift();
      this.#bound = this.#startOf(this.#ranges[0]);
    }
    return true;
  }

  /** Returns the next token and removes it from the stream. @throws RangeError unless `isReady`. */
  take(): TokenRows {
    const [first] = this.#rows;
    if (first === undefined) throw new RangeError('No token is ready');
    const key = orderKey(first);
    const size = this.#rows.findIndex((row) => orderKey(row) !== key);
    return tokenRowsOf(this.#rows.splice(0, size === -1 ? this.#rows.length : size));
  }

  #startOf(range: TokenRange | undefined): string {
    if (range === undefined) return '';
    if ('partition' in range) return `${hourOfPartition(range.partition)} ${range.rowsFrom}`;
    return `${hourOfPartition(range.from)} `;
  }
}

/** Groups rows in the order of their keys by token. An add-on row follows the row that it adds to. */
export function groupByToken(rows: readonly ReadRow[]): TokenRows[] {
  const groups: ReadRow[][] = [];
  let key = '';
  for (const row of rows) {
    if (groups.length === 0 || orderKey(row) !== key) groups.push([]);
    key = orderKey(row);
    groups.at(-1)?.push(row);
  }
  return groups.map(tokenRowsOf);
}

function tokenRowsOf(rows: readonly ReadRow[]): TokenRows {
  const [hour = '', rowKey = ''] = rows[0] === undefined ? [] : orderKey(rows[0]).split(' ');
  return { hour, rowKey, rows };
}

/** Returns the place of a row's token in the order of a list: hour, then row key. */
function orderKey(row: ReadRow): string {
  const [token = ''] = columnOf(row, 'rowKey').split('~');
  return `${hourOfPartition(columnOf(row, 'partitionKey'))} ${token}`;
}
