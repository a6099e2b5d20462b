import type { RpcValue } from './core-module.ts';
import type { HostedFunction } from './invoke.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
/** `setTimeout` cannot wait for more than about 24.8 days, so a longer wait takes several timeouts. */
const maxTimeoutMs = 24 * 60 * 60 * 1000;

export interface Timers {
  /** Returns the trigger data for a run outside the schedule (`POST /admin/functions/{name}`). */
  buildTriggerData(name: string): RpcValue;
  stop(): void;
}

/** Runs the app's timers until stopped. A timer never overlaps itself. Throws on an invalid schedule. */
export function startTimers(functions: HostedFunction[], settings: NodeJS.ProcessEnv): Timers {
  const timers = functions
    .filter(({ trigger }) => trigger.type === 'timerTrigger')
    .map((hosted) => new ScheduledTimer(hosted, parseSchedule(String(hosted.trigger['schedule']), settings)));
  for (const timer of timers) timer.start();
  return {
    buildTriggerData: (name) => timers.find(({ hosted }) => hosted.name === name)?.buildTriggerData() ?? {},
    stop: () => {
      for (const timer of timers) timer.stop();
    },
  };
}

class ScheduledTimer {
  readonly hosted: HostedFunction;
  readonly #schedule: Schedule;
  #last = new Date(0);
  #timeout: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(hosted: HostedFunction, schedule: Schedule) {
    this.hosted = hosted;
    this.#schedule = schedule;
  }

  start(): void {
    if (this.hosted.trigger['runOnStartup'] === true) void this.#run();
    else this.#wait(this.#schedule(Date.now()));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timeout);
  }

  buildTriggerData(): RpcValue {
    const status = { Last: this.#last, LastUpdated: this.#last, Next: new Date(this.#schedule(Date.now())) };
    return {
      json: JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: status, IsPastDue: false }),
    };
  }

  /** Runs the function at `due`, in milliseconds since 1970. */
  #wait(due: number): void {
    if (this.#stopped) return;
    const remainingMs = due - Date.now();
    const next = remainingMs > 0 ? () => this.#wait(due) : () => void this.#run();
    this.#timeout = setTimeout(next, Math.min(Math.max(remainingMs, 0), maxTimeoutMs));
  }

  async #run(): Promise<void> {
    const data = this.buildTriggerData();
    this.#last = new Date();
    // The invocation has logged the error. It must not keep the next occurrence from running.
    await this.hosted.invoke(data).catch(() => undefined);
    this.#wait(this.#schedule(Date.now()));
  }
}
