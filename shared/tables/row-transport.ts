/** What group commit needs to know about a row: its keys, and which request writes it. */
export interface CommitRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly requestId: string;
}

/** Writes rows to a table and looks them up. */
export interface RowTransport<Row extends CommitRow> {
  /** Inserts rows of one partition, all or none. Resolves only once they are durable. May throw anything. */
  insert(rows: readonly Row[], signal: AbortSignal): Promise<void>;
  /** Returns the `requestId` in the table under the row's keys; null if there is no row. */
  requestIdOf(row: Row, signal: AbortSignal): Promise<string | null>;
  /** Returns the approximate number of bytes that the row adds to a request's body. */
  bytesOf(row: Row): number;
}
