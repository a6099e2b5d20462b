import { replaceCompromised } from '../replace-compromised.ts';
import type { RotationJournal } from '../rotation-journal.ts';
import { moveTo, standbyOf, type Facts, type RotationContext, type Step } from '../rotation-step.ts';
import { waitForStandby } from '../standby.ts';
import { watch } from '../watch.ts';

/** Waits until no token depends on the demoted key any more. */
export function whenDraining(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  return (
    replaceCompromised(journal, facts, context) ??
    watch(journal, facts, context) ??
    waitForStandby(journal, facts, context) ??
    moveTo(
      journal,
      'retiring',
      { settleUntil: null },
      context,
      `no token depends on ${standbyOf(journal)} any more`,
    )
  );
}
