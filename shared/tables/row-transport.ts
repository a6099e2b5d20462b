/** What group commit must know of a row: where it stands, and which request wrote it. */
export interface CommitRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly requestId: string;
}

/** How rows reach the table and are looked for there. */
export interface RowTransport<Row extends CommitRow> {
  /** Inserts rows of one partition, all or none; resolves only once they are durable. May throw anything. */
  insert(rows: readonly Row[], signal: AbortSignal): Promise<void>;
  /** The `requestId` in the table under the row's keys; null where no row stands there. */
  requestIdOf(row: Row, signal: AbortSignal): Promise<string | null>;
  /** The row's size in a request's body, about. */
  bytesOf(row: Row): number;
}
