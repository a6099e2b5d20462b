import { checkForDrift } from '../drift.ts';
import { replaceCompromised } from '../replace-compromised.ts';
import type { RotationJournal } from '../rotation-journal.ts';
import type { Facts, RotationContext, Step } from '../rotation-step.ts';

/** Regenerates nothing until an operator takes the account over, because something else has changed the account too. */
export function whenPaused(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  return (
    replaceCompromised(journal, facts, context) ??
    checkForDrift(journal, facts, context) ?? { do: 'wait', until: null }
  );
}
