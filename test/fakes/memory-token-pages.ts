import type { TokenPageQuery, TokenPages, TokenRange } from '../../shared/audit/token-pages.ts';
import type { TableRow } from '../../shared/tables/columns.ts';

/** What one call read from a table in memory. */
export interface MemoryTokenPages extends TokenPages {
  /** The queries so far. */
  readonly queries: readonly TokenPageQuery[];
  /** How many rows they returned. */
  readonly rowsRead: () => number;
}

interface Behaviour {
  readonly maxPages?: number;
  /** How many rows a page has at most, whatever was asked; storage may return any number, also none. */
  readonly rowsOf?: (page: number) => number;
  /** Called before each page. */
  readonly beforePage?: () => void;
}

/** Returns pages of `rows`, which tests may change in between. `matches` stands for the OData conditions. */
export function memoryTokenPages(
  rows: Iterable<TableRow>,
  matches: (row: TableRow) => boolean = () => true,
  { maxPages = 60, rowsOf = () => Infinity, beforePage = () => undefined }: Behaviour = {},
): MemoryTokenPages {
  const queries: TokenPageQuery[] = [];
  let read = 0;
  return {
    queries,
    rowsRead: () => read,
    spent: () => queries.length / maxPages,
    read: (query) => {
      if (queries.length >= maxPages) return Promise.resolve(null);
      queries.push(query);
      beforePage();
      const { range, from, top, keysOnly } = query;
      const found = [...rows]
        .filter((row) => isIn(range, row) && (keysOnly || isAddOn(row) || matches(row)))
        .filter((row) => keyOf(row) > from)
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      const page = found.slice(0, Math.min(top, rowsOf(queries.length)));
      const last = page.at(-1);
      read += page.length;
      const rest = page.length === found.length ? null : last === undefined ? from || ' ' : keyOf(last);
      return Promise.resolve({ rows: page, rest });
    },
  };
}

export function isAddOn({ rowKey }: Pick<TableRow, 'rowKey'>): boolean {
  return rowKey.includes('~');
}

const keyOf = ({ partitionKey, rowKey }: TableRow): string => `${partitionKey} ${rowKey}`;

function isIn(range: TokenRange, { partitionKey, rowKey }: TableRow): boolean {
  if ('partition' in range) return partitionKey === range.partition && rowKey >= range.rowsFrom;
  return partitionKey >= range.from && partitionKey < range.before;
}
