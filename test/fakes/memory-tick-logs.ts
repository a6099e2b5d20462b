import type { TickLog, TickLogs } from '../../shared/rotation/tick-log.ts';

/** The record of the last tick in memory. `failing` makes every call fail. */
export class MemoryTickLogs implements TickLogs {
  failing: Error | null = null;
  log: TickLog | null = null;

  async load(): Promise<TickLog | null> {
    if (this.failing !== null) throw this.failing;
    return this.log;
  }

  async save(log: TickLog): Promise<void> {
    if (this.failing !== null) throw this.failing;
    this.log = log;
  }
}
