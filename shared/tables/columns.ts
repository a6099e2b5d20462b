import { BrokerError } from '../broker-error.ts';

/** A row to write: its keys, the request that writes it, and text or number columns. */
export interface TableRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** Distinguishes a row that this request wrote from one that existed before. */
  readonly requestId: string;
  readonly [column: string]: string | number;
}

/** A row as it is read. Something else may have written it, so every column is checked. */
export type ReadRow = Readonly<Record<string, unknown>>;

/** Returns the columns that have a value: tables have no nulls. */
export function omitNulls(columns: {
  readonly [Column in keyof TableRow]: TableRow[Column] | null;
}): TableRow {
  const row: Record<string, string | number> = {};
  for (const column in columns) {
    const value = columns[column];
    if (value !== null && value !== undefined) row[column] = value;
  }
  return row as TableRow;
}

/** Returns a required text column. @throws BrokerError `internal` if it is absent or not text. */
export function columnOf(row: ReadRow, column: string): string {
  return optionalColumnOf(row, column) ?? rejectRow(row, column);
}

/** Returns a text column; null if it is absent or not text. */
export function optionalColumnOf(row: ReadRow, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' ? value : null;
}

/** Returns a required column that holds a time. @throws BrokerError `internal` if it does not. */
export function instantOf(row: ReadRow, column: string): Date {
  const instant = new Date(columnOf(row, column));
  return Number.isNaN(instant.getTime()) ? rejectRow(row, column) : instant;
}

/** Returns a required column that holds one of `values`. @throws BrokerError `internal` if it does not. */
export function oneOf<Value extends string>(row: ReadRow, column: string, values: readonly Value[]): Value {
  return values.find((value) => value === row[column]) ?? rejectRow(row, column);
}

/**
 * Throws for a column with an unexpected value.
 * @throws BrokerError `internal`; its reason names the row and the column, never their content.
 */
export function rejectRow(row: ReadRow, column: string): never {
  const where = `${String(row['partitionKey'])} ${String(row['rowKey'])}`;
  throw new BrokerError('internal', 'A table row is malformed.', { reason: `${column} of ${where}` });
}
