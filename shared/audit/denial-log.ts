import { startBackgroundTimer } from '../azure-calls/timeout.ts';
import { failureReason } from '../azure-calls/failure.ts';
import type { DenialRecord } from './audit-record.ts';
import { DenialCounts, type CountedDenials } from './denial-counts.ts';
import { countedDenialsRow, denialRow, type RowOrigin } from './event-rows.ts';
import { groupCommit } from './group-commit.ts';
import type { RowTransport } from '../tables/row-transport.ts';
import type { TableRow } from '../tables/columns.ts';
import { addSeconds } from '../iso-time.ts';
/** Rows of denials that may wait: a flood of them must not take the place of token rows. */
const MAX_WAITING_DENIALS = 500;
/** A refusal is not worth a request's whole time: while the table fails, the answer goes out without its row. */
const LONGEST_WAIT_SECONDS = 2;
const COUNT_DEADLINE_SECONDS = 10;
const MINUTE_MS = 60_000;

/** Writes denials, none of which may fail a reply. */
export interface DenialLog {
  /** Resolves by `deadline`, and within 2 s, written or not. */
  append(denial: DenialRecord, deadline: Date): Promise<void>;
  /** Writes the counts of minutes that have not ended, for a process that does. Resolves by `deadline`. */
  flush(deadline: Date): Promise<void>;
}

/**
 * The table's rows never change, so a count is kept here and inserted once: when its minute has ended (by the next
 * denial or a timer), or at `flush`. A process that dies loses at most that minute's counts, never a row.
 */
export function denialLog(parts: {
  readonly transport: RowTransport<TableRow>;
  readonly origin: () => RowOrigin;
  readonly clock: () => Date;
  readonly onFault: (message: string) => void;
}): DenialLog {
  const { transport, origin, clock, onFault } = parts;
  const commit = groupCommit(transport, { clock, maxWaiting: MAX_WAITING_DENIALS });
  const counts = new DenialCounts();
  let cancelTimer: (() => void) | null = null;

  const submit = async (row: TableRow, deadline: Date): Promise<void> => {
    try {
      await commit.submit(row, deadline);
    } catch (error) {
      onFault(`a denial was not written (request ${row.requestId}): ${failureReason(error)}`);
    }
  };
  const writeCounts = async (ended: readonly CountedDenials[], deadline: Date): Promise<void> => {
    await Promise.all(ended.map((denials) => submit(countedDenialsRow(denials, origin()), deadline)));
  };
  const writeEnded = (): void => {
    const instant = clock();
    void writeCounts(counts.takeEnded(instant), addSeconds(instant, COUNT_DEADLINE_SECONDS));
  };
  const writeLater = (): void => {
    cancelTimer ??= startBackgroundTimer(MINUTE_MS, () => {
      cancelTimer = null;
      writeEnded();
    });
  };

  return {
    async append(denial, deadline) {
      writeEnded();
      const longest = addSeconds(clock(), LONGEST_WAIT_SECONDS);
      if (counts.admit(denial.caller, denial.at))
        await submit(denialRow(denial, origin()), deadline < longest ? deadline : longest);
      else writeLater();
    },
    async flush(deadline) {
      cancelTimer?.();
      cancelTimer = null;
      await writeCounts(counts.takeEnded(null), deadline);
    },
  };
}
