import type { AccountFacts } from './account-facts.ts';
import type { LeverGeneration } from './lever.ts';
import type { LeverTally, TokenFold } from './token-fold.ts';

/** Everything that a plan is made from. */
export interface PlanFacts {
  /** The accounts whose tokens may belong to the target, by name. */
  readonly accounts: ReadonlyMap<string, AccountFacts>;
  readonly fold: TokenFold;
  readonly levers: readonly PlannedLever[];
  /** True if the target has levers that are not listed. */
  readonly hasMoreLevers: boolean;
  readonly scannedAll: boolean;
  /** How many of the callers in the plan are blocked already. */
  readonly blockedCallers: number;
  readonly now: Date;
}

/** A lever, what it ends, and the state of what it acts on. */
export interface PlannedLever extends LeverTally {
  readonly facts: AccountFacts;
  readonly generation: LeverGeneration;
  /** False if the state could not be read, so an act with this plan's hash is turned down. */
  readonly isKnown: boolean;
}
