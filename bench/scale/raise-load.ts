import type { Scenario } from './scenario.ts';
import { type Figures, simulate } from './simulation.ts';

/** The load breaks the broker if more requests than this are refused … */
const REFUSED_SHARE = 0.001;
/** … or if one token in a hundred takes longer than this: its queue grows until deadlines pass. */
const P99_MS = 1000;

/** What the broker runs into: a limit of the table, or one write at a time per instance and partition. */
export type Limit = 'partition' | 'account' | 'lane';

export interface Step {
  readonly rate: number;
  readonly figures: Figures;
  /** Null if the broker carried the load. */
  readonly brokenBy: Limit | null;
}

/** Simulates one rate after the other, up to the first that breaks the broker. */
export async function raiseLoad(scenario: Scenario, rates: readonly number[]): Promise<Step[]> {
  const steps: Step[] = [];
  for (const rate of rates) {
    const figures = await simulate({ ...scenario, rate });
    const brokenBy = limitBroken(figures);
    steps.push({ rate, figures, brokenBy });
    if (brokenBy !== null) break;
  }
  return steps;
}

/** Returns the limit that a load ran into; null if it was carried. */
export function limitBroken({ requests, issued, latencyMs, serverBusy }: Figures): Limit | null {
  if (requests - issued <= requests * REFUSED_SHARE && latencyMs.p99 <= P99_MS) return null;
  if (serverBusy.partition + serverBusy.account === 0) return 'lane';
  return serverBusy.account > serverBusy.partition ? 'account' : 'partition';
}
