import { cut, cutMiddle, fold, printable, widthOf } from './printable.ts';

/** Returns the lines of a cell that does not fit into its column. */
const LONG_CELLS = {
  cut: (text: string, width: number) => [cut(text, width)],
  'cut-middle': (text: string, width: number) => [cutMiddle(text, width)],
  fold,
  /** The column is as wide as its longest cell. */
  whole: (text: string) => [text],
};

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** What happens to cells that do not fit. The default is `cut`. Only the last column can be folded. */
  readonly long?: keyof typeof LONG_CELLS;
}

/** A row of a table. */
export interface Row {
  readonly cells: readonly (string | number | null | undefined)[];
  /** A line below the row that is never cut, so that it can be copied. */
  readonly below?: string;
}

const GAP = '  ';
const INDENT = '    ';
/** A column is not made narrower than this. */
const NARROWEST = { cut: 8, 'cut-middle': 12, fold: 20, whole: Infinity };

/**
 * Lays out a table as lines of at most `width` columns, except for lines below rows. The longest columns are cut first.
 * Dangerous characters are escaped.
 * @param width Infinity: nothing is cut.
 */
export function table(columns: readonly Column[], rows: readonly Row[], width: number): string[] {
  const texts = rows.map(({ cells }) => columns.map((_, index) => cellText(cells[index])));
  const titles = columns.map(({ title }) => title);
  const wanted = columns.map((_, index) =>
    Math.max(...[titles, ...texts].map((line) => widthOf(line[index] ?? ''))),
  );
  const narrowest = columns.map(({ long = 'cut' }) => NARROWEST[long]);
  const widths = fit(wanted, narrowest, width - GAP.length * (columns.length - 1));
  const lines = rows.flatMap(({ below }, index) => [
    ...rowLines(texts[index] ?? [], widths, columns),
    ...(below === undefined ? [] : [INDENT + printable(below)]),
  ]);
  return [...rowLines(titles, widths, columns), ...lines];
}

/** Lays out names and values as aligned lines. Values that are null, undefined or empty are left out. */
export function fields(
  pairs: readonly (readonly [string, string | null | undefined])[],
  width: number,
): string[] {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const nameWidth = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.flatMap(([name, value]) => {
    const text = printable(value ?? '');
    // An id that is cut in two cannot be copied.
    const lines = text.includes(' ') ? fold(text, Math.max(20, width - nameWidth - INDENT.length)) : [text];
    return lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(nameWidth)}  ${line}`);
  });
}

/** Lays out sentences as a list. */
export function bullets(sentences: readonly string[], width: number): string[] {
  return sentences.flatMap((sentence) =>
    fold(printable(sentence), Math.max(20, width - INDENT.length)).map(
      (line, index) => `  ${index === 0 ? '-' : ' '} ${line}`,
    ),
  );
}

function cellText(cell: string | number | null | undefined): string {
  return cell === null || cell === undefined || cell === '' ? '-' : printable(String(cell));
}

/** Narrows the widest columns, a step at a time, until all fit or none can be narrowed. */
function fit(wanted: readonly number[], narrowest: readonly number[], width: number): number[] {
  const widths = [...wanted];
  let tooMuch = widths.reduce((sum, one) => sum + one, 0) - width;
  while (tooMuch > 0) {
    const left = widths.map((one, index) => (one > (narrowest[index] ?? 0) ? one : 0));
    const most = Math.max(...left);
    if (most === 0) break;
    widths[left.indexOf(most)] = most - 1;
    tooMuch -= 1;
  }
  return widths;
}

function rowLines(texts: readonly string[], widths: readonly number[], columns: readonly Column[]): string[] {
  const cells = texts.map((text, index) =>
    LONG_CELLS[columns[index]?.long ?? 'cut'](text, widths[index] ?? 0),
  );
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((lines, index) => pad(lines[line] ?? '', widths[index] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));
