import type { Outcome } from './act.ts';

/** Where a person is between a plan and its end. `choice` is `wait`, `block` or the hash of a lever. */
export type Journey =
  | { readonly step: 'choosing' | 'confirming' | 'acting'; readonly choice: string }
  | { readonly step: 'answered'; readonly choice: string; readonly outcome: Outcome }
  | { readonly step: 'blocked'; readonly choice: 'block' };

export type Move =
  | { readonly move: 'choose'; readonly choice: string }
  | { readonly move: 'ask' | 'cancel' | 'act' | 'blocked' | 'read-again' }
  | { readonly move: 'answer'; readonly outcome: Outcome };

/** Waiting is the only thing that is chosen without a person. */
export const START: Journey = { step: 'choosing', choice: 'wait' };

/**
 * Returns the next step. A move that does not fit the step changes nothing, so that an act is sent once: from `confirming`
 * only, and after its answer a new plan has to be read first.
 */
export function advance(journey: Journey, move: Move): Journey {
  const { step, choice } = journey;
  switch (move.move) {
    case 'choose':
      return step === 'choosing' ? { step, choice: move.choice } : journey;
    case 'ask':
      return step === 'choosing' && choice !== 'wait' ? { step: 'confirming', choice } : journey;
    case 'cancel':
      return step === 'confirming' ? { step: 'choosing', choice } : journey;
    case 'act':
      return step === 'confirming' ? { step: 'acting', choice } : journey;
    case 'blocked':
      return step === 'acting' && choice === 'block' ? { step: 'blocked', choice } : journey;
    case 'answer':
      return step === 'acting' ? { step: 'answered', choice, outcome: move.outcome } : journey;
    case 'read-again':
      return step === 'answered' || step === 'blocked' ? START : journey;
  }
}
