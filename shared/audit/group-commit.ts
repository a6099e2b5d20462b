import type { CommitRow, RowTransport } from '../tables/row-transport.ts';
import { auditWriteFailure } from './audit-unavailable.ts';
import { PartitionLane } from './partition-lane.ts';
import { WaitingRow } from './waiting-row.ts';

/** Rows in flight or waiting, over all partitions: a few seconds of work. Further rows would only pass their deadlines. */
export const MAX_WAITING_ROWS = 5000;

/** Writes the rows of many callers with few requests. */
export interface GroupCommit<Row extends CommitRow> {
  /**
   * Writes a row. Resolves only once the row is durable.
   * @returns how many rows the write had that made it durable.
   * @throws BrokerError `audit_unavailable` by `deadline`, or at once if too many rows wait.
   */
  submit(row: Row, deadline: Date): Promise<number>;
  /** Returns how many rows wait or are being written, over all partitions. */
  waiting(): number;
}

/**
 * Returns a group commit. If a row's partition is idle, the row is sent with the others of this turn of the event loop; rows
 * submitted during a write share the next one.
 * @param options `clock` must be the clock that deadlines are calculated with.
 */
export function groupCommit<Row extends CommitRow>(
  transport: RowTransport<Row>,
  options: { readonly clock: () => Date; readonly maxWaiting?: number },
): GroupCommit<Row> {
  const { clock, maxWaiting = MAX_WAITING_ROWS } = options;
  const lanes = new Map<string, PartitionLane<Row>>();
  let waitingRows = 0;

  const laneOf = (partition: string): PartitionLane<Row> => {
    const lane = lanes.get(partition) ?? new PartitionLane(transport, () => lanes.delete(partition));
    lanes.set(partition, lane);
    return lane;
  };

  const submit = async (row: Row, deadline: Date): Promise<number> => {
    if (deadline <= clock()) throw auditWriteFailure('deadline passed before the row was sent');
    if (waitingRows >= maxWaiting) throw auditWriteFailure(`${maxWaiting} rows are waiting already`);
    const lane = laneOf(row.partitionKey);
    waitingRows += 1;
    const waiting = new WaitingRow(row, deadline, clock, () => {
      waitingRows -= 1;
      lane.remove(waiting);
    });
    lane.add(waiting);
    return waiting.outcome;
  };

  return { submit, waiting: () => waitingRows };
}
