import type { RpcValue } from './core-module.ts';
import type { HostedFunction } from './invoke.ts';
import { parseSchedule } from './schedule.ts';
import type { Schedule } from './schedule.ts';

/** `setTimeout` takes no longer one; a later occurrence is looked for again after it. */
const longestTimeout = 24 * 60 * 60 * 1000;

export interface Timers {
  /** What a run outside its schedule (`POST /admin/functions/{name}`) is told. */
  dataFor(name: string): RpcValue;
  stop(): void;
}

/** Runs the app's timers until stopped. A timer never overlaps itself. Throws if a schedule can't be read. */
export function startTimers(functions: HostedFunction[], settings: NodeJS.ProcessEnv): Timers {
  const timers = functions
    .filter(({ trigger }) => trigger.type === 'timerTrigger')
    .map((hosted) => new ScheduledTimer(hosted, parseSchedule(String(hosted.trigger['schedule']), settings)));
  for (const timer of timers) timer.start();
  return {
    dataFor: (name) => timers.find(({ hosted }) => hosted.name === name)?.data() ?? {},
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

  data(): RpcValue {
    const status = { Last: this.#last, LastUpdated: this.#last, Next: new Date(this.#schedule(Date.now())) };
    return {
      json: JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: status, IsPastDue: false }),
    };
  }

  #wait(due: number): void {
    if (this.#stopped) return;
    const left = due - Date.now();
    const next = left > 0 ? () => this.#wait(due) : () => void this.#run();
    this.#timeout = setTimeout(next, Math.min(Math.max(left, 0), longestTimeout));
  }

  async #run(): Promise<void> {
    const data = this.data();
    this.#last = new Date();
    // The invocation has logged it; the next occurrence comes all the same.
    await this.hosted.invoke(data).catch(() => undefined);
    this.#wait(this.#schedule(Date.now()));
  }
}
