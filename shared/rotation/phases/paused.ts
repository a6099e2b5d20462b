import { replaceCompromised } from '../replace-compromised.ts';
import type { RotationJournal } from '../rotation-journal.ts';
import type { Facts, RotationContext, Step } from '../rotation-step.ts';
import { watch } from '../watch.ts';

/** As observed, but only an operator ends it: somebody else's hand was seen on the account. */
export function whenPaused(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  return (
    replaceCompromised(journal, facts, context) ??
    watch(journal, facts, context) ?? { do: 'wait', until: null }
  );
}
