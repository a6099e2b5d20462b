import { rowNotTaken } from './audit-unavailable.ts';
import { PartitionLane } from './partition-lane.ts';
import type { CommitRow, RowTransport } from '../tables/row-transport.ts';
import { WaitingRow } from './waiting-row.ts';

/** Rows in flight or waiting, over all partitions: some seconds of work; more would only pass their deadlines. */
export const MAX_WAITING_ROWS = 5000;

/** Writes rows of many callers with few requests. */
export interface GroupCommit<Row extends CommitRow> {
  /**
   * Resolves once the row is durable, and never otherwise.
   * @throws BrokerError `audit_unavailable` by `deadline`, or at once where too many rows wait.
   */
  submit(row: Row, deadline: Date): Promise<void>;
  /** As `submit` for each, but rows of one partition share as few writes as they can. */
  submitTogether(rows: readonly Row[], deadline: Date): Promise<void>[];
}

/**
 * A row goes out at once where its partition is idle; rows that come while a write is in flight share the next one.
 * @param options `now` must agree with the clock that deadlines are made of.
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

  const wait = async (row: Row, deadline: Date): Promise<void> => {
    if (deadline <= clock()) throw rowNotTaken('deadline passed before the row was sent');
    if (waitingRows >= maxWaiting) throw rowNotTaken(`${maxWaiting} rows wait already`);
    const lane = laneOf(row.partitionKey);
    waitingRows += 1;
    const waiting = new WaitingRow(row, deadline, clock, (settled) => {
      waitingRows -= 1;
      lane.remove(settled);
    });
    lane.add(waiting);
    await waiting.outcome;
  };

  const submitTogether = (rows: readonly Row[], deadline: Date): Promise<void>[] => {
    const outcomes = rows.map((row) => wait(row, deadline));
    for (const partition of new Set(rows.map(({ partitionKey }) => partitionKey)))
      lanes.get(partition)?.wake();
    return outcomes;
  };

  return {
    submitTogether,
    submit: (row, deadline) => submitTogether([row], deadline)[0] ?? Promise.resolve(),
  };
}
