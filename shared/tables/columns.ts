import { BrokerError } from '../broker-error.ts';

/** A row that is written: its keys, who asked for it, and text or number columns. Absent columns are null. */
export interface TableRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  /** Tells a row that this request wrote from one that stood there before. */
  readonly requestId: string;
  readonly [column: string]: string | number;
}

/** A row as it is read: whatever somebody wrote. */
export type ReadRow = Readonly<Record<string, unknown>>;

/** Tables have no nulls: a column without a value is left out. */
export function withoutNulls(columns: {
  readonly [Column in keyof TableRow]: TableRow[Column] | null;
}): TableRow {
  const entries = Object.entries(columns).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as unknown as TableRow;
}

/** A text column that must be there. @throws BrokerError `internal`. */
export function columnOf(row: ReadRow, column: string): string {
  return optional(row, column) ?? malformed(row, column);
}

/** A text column; null where it is absent or no text. */
export function optional(row: ReadRow, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' ? value : null;
}

/** A column that holds a time. @throws BrokerError `internal`. */
export function instantOf(row: ReadRow, column: string): Date {
  const instant = new Date(columnOf(row, column));
  return Number.isNaN(instant.getTime()) ? malformed(row, column) : instant;
}

/** A column that holds one of `values`. @throws BrokerError `internal`. */
export function oneOf<Value extends string>(row: ReadRow, column: string, values: readonly Value[]): Value {
  return values.find((value) => value === row[column]) ?? malformed(row, column);
}

/** @throws BrokerError `internal`; its reason names row and column, never what they hold. */
export function malformed(row: ReadRow, column: string): never {
  const where = `${String(row['partitionKey'])} ${String(row['rowKey'])}`;
  throw new BrokerError('internal', 'A table row cannot be read.', { reason: `${column} of ${where}` });
}
