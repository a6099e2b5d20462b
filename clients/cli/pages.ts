import type { Run } from './command.ts';
import { refusal, usageFault } from './exit-codes.ts';
import { type Column, type Row, table } from './table.ts';

type Parameters = Readonly<Record<string, string | undefined>>;

/** A list of the API, and how people see it. */
export interface List<T> {
  readonly path: string;
  readonly parameters: Parameters;
  readonly columns: readonly Column[];
  readonly row: (item: T) => Row;
  /** What one item is called. */
  readonly noun: string;
}

interface Page {
  readonly items: readonly unknown[];
  readonly nextCursor: string | null;
}

const ROWS_OF_A_TABLE = 50;
const LARGEST_PAGE = 1000;
/** Of one table. Pages may be empty and have a successor, so without a limit a table could take very long. */
const MOST_PAGES = 50;

/**
 * Shows a list. With `--json` it prints each page as it arrives and reads all of them; otherwise it shows a table of at
 * most `--limit` rows and says whether there are more.
 */
export async function showList<T>(run: Run, list: List<T>): Promise<void> {
  const limit = readLimit(run.options.text('limit')) ?? (run.print.json ? Infinity : ROWS_OF_A_TABLE);
  if (run.print.json) await printRecords(run, list, limit);
  else await printTable(run, list, limit);
}

async function printRecords<T>({ api, print }: Run, list: List<T>, limit: number): Promise<void> {
  const broker = await api();
  let left = limit;
  let cursor: string | null | undefined;
  while (cursor !== null && left > 0 && !print.closed) {
    const page = readPage(await broker.get(list.path, parametersOf(list, left, cursor)));
    await print.records(page.items.slice(0, left));
    left -= page.items.length;
    cursor = page.nextCursor;
  }
}

async function printTable<T>({ api, print }: Run, list: List<T>, limit: number): Promise<void> {
  const broker = await api();
  const items: T[] = [];
  let cursor: string | null | undefined;
  for (let pages = 0; cursor !== null && items.length < limit && pages < MOST_PAGES; pages += 1) {
    const page = readPage(await broker.get(list.path, parametersOf(list, limit - items.length, cursor)));
    items.push(...(page.items as T[]).slice(0, limit - items.length));
    cursor = page.nextCursor;
  }
  if (items.length > 0) await print.lines(table(list.columns, items.map(list.row), print.width));
  if (cursor === null)
    print.note(items.length === 0 ? `No ${list.noun}s.` : `${countOf(items.length, list)}.`);
  else
    print.note(
      `The first ${countOf(items.length, list)}; there may be more. Narrow the filters, raise --limit, or use --json for all.`,
    );
}

function parametersOf(
  list: Pick<List<never>, 'parameters'>,
  left: number,
  cursor: string | undefined,
): Parameters {
  return { ...list.parameters, limit: String(Math.min(left, LARGEST_PAGE)), cursor };
}

function readPage(reply: unknown): Page {
  const { items, nextCursor } = (reply ?? {}) as Partial<Page>;
  if (!Array.isArray(items))
    throw refusal('The reply is not a list. BROKER must be the address of this API.');
  return { items, nextCursor: typeof nextCursor === 'string' ? nextCursor : null };
}

function readLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usageFault('--limit must be a whole number from 1.');
  return Number(text);
}

const countOf = (count: number, { noun }: { readonly noun: string }): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;
