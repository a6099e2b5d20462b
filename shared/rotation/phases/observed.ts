import { checkForDrift } from '../drift.ts';
import { moveTo } from '../make-step.ts';
import { replaceCompromised } from '../replace-compromised.ts';
import type { RotationJournal } from '../rotation-journal.ts';
import type { Facts, RotationContext, Step } from '../rotation-step.ts';
import { nextDue } from '../rotation-waits.ts';

/** Regenerates nothing until the configuration takes the account over, because other applications may use either key. */
export function whenObserved(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  return (
    replaceCompromised(journal, facts, context) ??
    checkForDrift(journal, facts, context) ??
    (context.takeOver ? takeOver(journal, context) : { do: 'wait', until: null })
  );
}

function takeOver(journal: RotationJournal, context: RotationContext): Step {
  const dueAt = nextDue(context.account, context.now, context.waits.every);
  return moveTo(
    journal,
    'steady',
    { takenOver: true, returnTo: null, dueAt },
    context,
    'the broker took the account over because its configuration sets takeOver',
  );
}
