import type { RotationJournal } from '../rotation-journal.ts';
import {
  moveTo,
  standbyOf,
  UNCOUNTED,
  type Facts,
  type RotationContext,
  type Step,
} from '../rotation-step.ts';
import { whenPreparing } from './preparing.ts';
import { waitUntilSettled } from './settling.ts';

/** Regenerates the demoted key, unless something lives on it; once that has settled, the rotation is over. */
export function whenRetiring(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  if (journal.settleUntil === null) return whenPreparing(journal, facts, context);
  const unsettled = waitUntilSettled(journal, facts, context);
  if (unsettled !== null) return unsettled;
  return disableOthers(facts) ?? finishRotation(journal, context);
}

/** Versions that hold a dead key must not be read any more. */
function disableOthers(facts: Facts): Step | null {
  if (facts.secret === undefined) return { do: 'read', what: 'secret' };
  if (facts.secret === null || facts.disabled === true) return null;
  return { do: 'disable', keep: facts.secret.version };
}

/** The new key's time is left to the next look: read after the values, it could hide that they changed since. */
function finishRotation(journal: RotationJournal, context: RotationContext): Step {
  const home = journal.takenOver ? 'steady' : 'observed';
  const what = `${journal.active} signs, ${standbyOf(journal)} was regenerated`;
  const changes = {
    settleUntil: null,
    demotedAt: null,
    ...UNCOUNTED,
    lastOutcome: { at: context.now, what },
  };
  const step = moveTo(journal, home, changes, context, what);
  // The request goes last, so that this very event names who asked; a key given up meanwhile has its own to be done.
  const request = journal.compromised.length > 0 ? journal.request : null;
  return step.do === 'save' ? { ...step, journal: { ...step.journal, request } } : step;
}
