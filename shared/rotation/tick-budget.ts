import { addSeconds } from '../iso-time.ts';

/**
 * How long a tick may take in all: rotation with counts and proofs, then the sweep of policies. The platform ends a
 * function that runs for longer than `functionTimeout` in host.json, and the process with it.
 */
export const TICK_SECONDS = 240;
/** How long a tick waits for the rotation. A step that was begun in time goes on in the background. */
export const ROTATION_SECONDS = 180;
/** Steps of accounts begin no later than this many seconds after the tick began, so that the last one can end. */
const STEPS_SECONDS = 150;
/** The counts of all accounts together end this many seconds after the tick began: every account must have its turn. */
const COUNTS_SECONDS = 90;

/** Until when one run of an account may begin what. */
export interface RunBudget {
  /** Counting tokens stops; a later tick counts the rest. */
  readonly countUntil: Date;
  /** No further step begins; a later tick takes it. Null: only the number of steps is limited. */
  readonly stepUntil: Date | null;
}

/** Returns the budget that all accounts of a tick share. */
export function tickBudget(began: Date): RunBudget & { readonly stepUntil: Date } {
  return { countUntil: addSeconds(began, COUNTS_SECONDS), stepUntil: addSeconds(began, STEPS_SECONDS) };
}
