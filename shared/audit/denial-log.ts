import { failureReason } from '../azure-calls/failure.ts';
import { startBackgroundTimer } from '../azure-calls/timeout.ts';
import { addSeconds } from '../iso-time.ts';
import type { TableRow } from '../tables/columns.ts';
import type { RowTransport } from '../tables/row-transport.ts';
import type { DenialRecord } from './audit-record.ts';
import { type CountedDenials, DenialCounts } from './denial-counts.ts';
import { groupCommit } from './group-commit.ts';
import { countedDenialsRow, denialRow, type RowOrigin } from './write-event-rows.ts';

/** Maximum number of waiting denials. It keeps a flood of them from delaying the rows of tokens. */
const MAX_WAITING_DENIALS = 500;
/** While the table fails, a denial is answered after this time without its row. */
const APPEND_TIMEOUT_SECONDS = 2;
const COUNT_TIMEOUT_SECONDS = 10;
const MINUTE_MS = 60_000;

/** Writes denials. A failure never reaches the caller. */
export interface DenialLog {
  /** Writes or counts a denial. Resolves by `deadline` and within 2 s, even if the row was not written. */
  append(denial: DenialRecord, deadline: Date): Promise<void>;
  /** Writes the counts of minutes that have not ended, before the process ends. Resolves by `deadline`. */
  flush(deadline: Date): Promise<void>;
}

/**
 * Returns a log of denials. Rows never change, so a count is kept in memory and inserted once: after its minute has ended
 * (at the next denial or by a timer), or at `flush`. A process that dies loses at most that minute's counts, never a row.
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
      onFault(`could not write a denial (request ${row.requestId}): ${failureReason(error)}`);
    }
  };
  const writeCounts = async (ended: readonly CountedDenials[], deadline: Date): Promise<void> => {
    await Promise.all(ended.map((denials) => submit(countedDenialsRow(denials, origin()), deadline)));
  };
  const writeEndedMinutes = (): void => {
    const now = clock();
    void writeCounts(counts.takeEnded(now), addSeconds(now, COUNT_TIMEOUT_SECONDS));
  };
  const scheduleWrite = (): void => {
    cancelTimer ??= startBackgroundTimer(MINUTE_MS, () => {
      cancelTimer = null;
      writeEndedMinutes();
    });
  };

  return {
    async append(denial, deadline) {
      writeEndedMinutes();
      const latest = addSeconds(clock(), APPEND_TIMEOUT_SECONDS);
      if (counts.admit(denial.caller, denial.at))
        await submit(denialRow(denial, origin()), deadline < latest ? deadline : latest);
      else scheduleWrite();
    },
    async flush(deadline) {
      cancelTimer?.();
      cancelTimer = null;
      await writeCounts(counts.takeEnded(null), deadline);
    },
  };
}
