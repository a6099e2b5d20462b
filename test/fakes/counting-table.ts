import type { TableClient } from '@azure/data-tables';
import type { TableRow } from '../../shared/tables/columns.ts';

/** What was read from a table in memory. */
export interface TableReads {
  /** The partitions of each query, as its filter has them. */
  readonly ranges: string[];
  pages: number;
  /** Rows that storage looks at, because they are in the partitions of a query. */
  entities: number;
}

/** `PartitionKey ge 'a' and PartitionKey lt 'b' and expiresAt gt 'c'`. */
const CONDITION = /^(\w+) (eq|ne|gt|ge|lt|le) '((?:[^']|'')*)'$/;
const KEYS = new Map([
  ['PartitionKey', 'partitionKey'],
  ['RowKey', 'rowKey'],
]);

type Test = (row: TableRow) => boolean;

/**
 * Returns a table that answers filters of conditions joined by `and`, and counts what it reads for them.
 * @param pageRows the most rows of a page, however many were asked for; storage may return fewer, too.
 */
export function countingTable(
  rows: readonly TableRow[],
  pageRows = 1000,
): {
  readonly client: TableClient;
  readonly reads: TableReads;
} {
  const sorted = [...rows].sort(byKeys);
  const reads: TableReads = { ranges: [], pages: 0, entities: 0 };
  const results = new Map<string, { readonly found: TableRow[]; readonly walked: number }>();
  const resultOf = (conditions: readonly string[]) => {
    const walked = sorted.filter(allOf(conditions.filter(isOfRange)));
    const found = walked.filter(allOf(conditions.filter((text) => !isOfRange(text))));
    return { found, walked: walked.length };
  };
  const listEntities = ({ queryOptions: { filter } }: { queryOptions: { filter: string } }) => ({
    byPage: async function* ({ maxPageSize, continuationToken }: PageSettings) {
      await Promise.resolve();
      const conditions = filter.split(' and ');
      const { found, walked } = results.get(filter) ?? resultOf(conditions);
      results.set(filter, { found, walked });
      if (continuationToken === undefined) {
        reads.ranges.push(conditions.filter(isOfRange).join(' and '));
        reads.entities += walked;
      }
      reads.pages += 1;
      const size = Math.min(maxPageSize, pageRows);
      const from = Number(continuationToken ?? 0);
      const next = from + size < found.length ? String(from + size) : undefined;
      yield Object.assign(found.slice(from, from + size), { continuationToken: next });
    },
  });
  return { client: { listEntities } as unknown as TableClient, reads };
}

interface PageSettings {
  readonly maxPageSize: number;
  readonly continuationToken?: string;
}

function byKeys(one: TableRow, other: TableRow): number {
  if (one.partitionKey !== other.partitionKey) return one.partitionKey < other.partitionKey ? -1 : 1;
  return one.rowKey < other.rowKey ? -1 : 1;
}

const isOfRange = (condition: string): boolean => condition.startsWith('PartitionKey ');

function allOf(conditions: readonly string[]): Test {
  const tests = conditions.map(testOf);
  return (row) => tests.every((test) => test(row));
}

/** @throws Error for a condition of another form. */
function testOf(condition: string): Test {
  const [, name = '', operator = '', quoted = ''] = CONDITION.exec(condition) ?? [];
  if (name === '') throw new Error(`not understood: ${condition}`);
  const column = KEYS.get(name) ?? name;
  const value = quoted.replaceAll("''", "'");
  return (row) => {
    const actual = row[column];
    if (typeof actual !== 'string') return false;
    switch (operator) {
      case 'eq':
        return actual === value;
      case 'ne':
        return actual !== value;
      case 'gt':
        return actual > value;
      case 'ge':
        return actual >= value;
      case 'lt':
        return actual < value;
      default:
        return actual <= value;
    }
  };
}
