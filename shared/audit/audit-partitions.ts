/** Partition keys after `after` and before `before`, both exclusive, in the order of their characters. */
export interface PartitionRange {
  readonly after: string;
  readonly before: string;
}

/** The most rows that one transaction of a table may delete. */
export const MAX_ROWS_AT_ONCE = 100;

/** The partitions of the audit table, for the identity that may only read and delete rows. */
export interface AuditPartitions {
  /**
   * Returns what time it is by the table's own clock, in whole seconds, rounded down.
   * @throws BrokerError `audit_unavailable`, also if the table does not say.
   */
  tableTime(deadline: Date): Promise<Date>;
  /**
   * Returns the first partition of the range that has a row; null if none has.
   * @throws BrokerError `audit_unavailable`.
   */
  firstPartition(range: PartitionRange, deadline: Date): Promise<string | null>;
  /**
   * Returns the row keys at the start of a partition, in order: at least one if the partition has any, and not always all.
   * @throws BrokerError `audit_unavailable`.
   */
  rowKeys(partitionKey: string, deadline: Date): Promise<readonly string[]>;
  /**
   * Deletes at most `MAX_ROWS_AT_ONCE` rows of one partition. Rows that do not exist are no fault: something else deleted
   * them, or an earlier request whose reply was lost.
   * @throws BrokerError `audit_unavailable` if it is not certain that none of the rows exists; each may exist or not.
   */
  deleteRows(partitionKey: string, rowKeys: readonly string[], deadline: Date): Promise<void>;
}
