import { startBackgroundTimer } from '../azure-calls/timeout.ts';

/** Lines in any second about requests of one kind. */
const LINES_PER_SECOND = 10;
const SECOND_MS = 1000;

/** Bounds what requests of one kind add to the log. */
export interface LineLimit {
  /** Counts a request. Returns whether it gets its own line: at most 10 in any second do. */
  admit(): boolean;
  /** Writes how many requests got no line, if any, before the process ends. */
  flush(): void;
}

/**
 * Returns the limit of one kind of request. A second after the first one that got no line, `writeCount` gets how many there
 * were (`suppressed`), and how many such requests, with and without a line, since the start (`total`).
 * @param monotonicMs tells milliseconds of a clock that never goes back.
 */
export function lineLimit(
  monotonicMs: () => number,
  writeCount: (counts: { suppressed: number; total: number }) => void,
): LineLimit {
  /** When the last lines were admitted, oldest first; at most `LINES_PER_SECOND`. */
  let admittedMs: readonly number[] = [];
  let suppressed = 0;
  let total = 0;
  let cancelTimer: (() => void) | null = null;

  const flush = (): void => {
    cancelTimer?.();
    cancelTimer = null;
    if (suppressed > 0) writeCount({ suppressed, total });
    suppressed = 0;
  };
  return {
    flush,
    admit() {
      const nowMs = monotonicMs();
      total += 1;
      admittedMs = admittedMs.filter((atMs) => nowMs - atMs < SECOND_MS);
      if (admittedMs.length < LINES_PER_SECOND) {
        admittedMs = [...admittedMs, nowMs];
        return true;
      }
      suppressed += 1;
      cancelTimer ??= startBackgroundTimer(SECOND_MS, flush);
      return false;
    },
  };
}
