import type { ReadRow } from '../../shared/tables/columns.ts';

/** A filter of a query, and the keys between which all its rows are, both inclusive. */
export interface TableFilter {
  readonly matches: (row: ReadRow) => boolean;
  readonly partitions: Bounds;
  readonly rows: Bounds;
}

interface Bounds {
  readonly from: string;
  readonly to: string | null;
}

type Operator = 'eq' | 'ge' | 'gt' | 'le' | 'lt';

interface Comparison {
  readonly column: string;
  readonly operator: Operator;
  readonly value: string;
}

type Node = Comparison | { readonly and: readonly Node[] } | { readonly or: readonly Node[] };

const WORD = /\s*(?:(and|or)\b|([()])|([A-Za-z]\w*)\s+(eq|ge|gt|le|lt)\s+'((?:[^']|'')*)')/y;
const KEY_COLUMNS: Readonly<Record<string, string>> = { PartitionKey: 'partitionKey', RowKey: 'rowKey' };

/**
 * Reads an OData filter of the kind that the broker sends for rows of the audit table: comparisons of text columns, `and`,
 * `or` and parentheses. A row without the column matches no comparison.
 * @throws RangeError for anything else.
 */
export function parseTableFilter(filter: string): TableFilter {
  const words = wordsOf(filter);
  const node = readOr(words);
  if (words.length > 0) throw new RangeError('The filter goes on after its end');
  const needed = 'and' in node ? node.and : [node];
  const partitions = boundsOf(needed, 'PartitionKey');
  return { matches: compile(node), partitions, rows: boundsOf(needed, 'RowKey') };
}

type Word = 'and' | 'or' | '(' | ')' | Comparison;

function wordsOf(filter: string): Word[] {
  const words: Word[] = [];
  const pattern = new RegExp(WORD);
  while (pattern.lastIndex < filter.length) {
    const [, joint, bracket, column, operator, value] = pattern.exec(filter) ?? [];
    const word = joint ?? bracket;
    if (word !== undefined) words.push(word as Word);
    else if (column !== undefined)
      words.push({
        column,
        operator: operator as Operator,
        value: (value ?? '').replaceAll("''", "'"),
      });
    else throw new RangeError('The filter has a part that is not supported');
  }
  return words;
}

function readOr(words: Word[]): Node {
  return readJoined(words, 'or', readAnd, (or) => ({ or }));
}

function readAnd(words: Word[]): Node {
  return readJoined(words, 'and', readOne, (and) => ({ and }));
}

function readJoined(
  words: Word[],
  joint: 'and' | 'or',
  read: (words: Word[]) => Node,
  join: (nodes: Node[]) => Node,
): Node {
  const first = read(words);
  const nodes = [first];
  while (words[0] === joint) {
    words.shift();
    nodes.push(read(words));
  }
  return nodes.length === 1 ? first : join(nodes);
}

function readOne(words: Word[]): Node {
  const word = words.shift();
  if (typeof word === 'object') return word;
  if (word !== '(') throw new RangeError('The filter lacks a comparison');
  const node = readOr(words);
  if (words.shift() !== ')') throw new RangeError('The filter lacks a closing bracket');
  return node;
}

function boundsOf(needed: readonly Node[], key: string): Bounds {
  let from = '';
  let to: string | null = null;
  for (const node of needed) {
    if (!('column' in node) || node.column !== key) continue;
    const { operator, value } = node;
    if (operator !== 'le' && operator !== 'lt' && value > from) from = value;
    if (operator !== 'ge' && operator !== 'gt' && (to === null || value < to)) to = value;
  }
  return { from, to };
}

function compile(node: Node): TableFilter['matches'] {
  if ('and' in node) {
    const all = node.and.map(compile);
    return (row) => all.every((matches) => matches(row));
  }
  if ('or' in node) {
    const any = node.or.map(compile);
    return (row) => any.some((matches) => matches(row));
  }
  const { operator, value } = node;
  const column = KEY_COLUMNS[node.column] ?? node.column;
  return (row) => {
    const found = row[column];
    return typeof found === 'string' && compare(found, operator, value);
  };
}

function compare(found: string, operator: Operator, value: string): boolean {
  switch (operator) {
    case 'eq':
      return found === value;
    case 'ge':
      return found >= value;
    case 'gt':
      return found > value;
    case 'le':
      return found <= value;
    case 'lt':
      return found < value;
  }
}
