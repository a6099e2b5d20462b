import { checkForDrift } from '../drift.ts';
import { moveTo } from '../make-step.ts';
import { replaceCompromised } from '../replace-compromised.ts';
import type { RotationJournal } from '../rotation-journal.ts';
import type { Facts, RotationContext, Step } from '../rotation-step.ts';
import { standbyOf, waitForStandby } from '../standby.ts';

/** Waits until no token depends on the demoted key any more. */
export function whenDraining(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  return (
    replaceCompromised(journal, facts, context) ??
    checkForDrift(journal, facts, context) ??
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
