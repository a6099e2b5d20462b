import { moveTo, UNCOUNTED } from '../make-step.ts';
import { endOfRevocation } from '../mark-compromised.ts';
import type { RotationJournal } from '../rotation-journal.ts';
import type { Facts, RotationContext, Step } from '../rotation-step.ts';
import { standbyOf } from '../standby.ts';
import { whenPreparing } from './preparing.ts';
import { waitUntilSettled } from './settling.ts';

/** Regenerates the demoted key unless something depends on it. Once the new value has settled, the rotation is over. */
export function whenRetiring(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  if (journal.settleUntil === null) return whenPreparing(journal, facts, context);
  const unsettled = waitUntilSettled(journal, facts, context);
  if (unsettled !== null) return unsettled;
  return disableOldVersions(facts) ?? finishRotation(journal, context);
}

/** Disables the other versions of the secret, so that nobody reads a dead key from them. */
function disableOldVersions(facts: Facts): Step | null {
  if (facts.secret === undefined) return { do: 'read', what: 'secret' };
  if (facts.secret === null || facts.disabled === true) return null;
  return { do: 'disable', keep: facts.secret.version };
}

/**
 * Ends where it began: a revocation on an observed or paused account returns there, with the reason for the pause.
 * Leaves the new key's creation time to the next tick: read after the values, it could hide a change since then.
 */
function finishRotation(journal: RotationJournal, context: RotationContext): Step {
  const home = journal.returnTo?.phase ?? (journal.takenOver ? 'steady' : 'observed');
  const what = `${journal.active} signs tokens; ${standbyOf(journal)} was regenerated`;
  const changes = {
    settleUntil: null,
    demotedAt: null,
    drainWaits: null,
    ...UNCOUNTED,
    ...endOfRevocation(journal),
    lastOutcome: { at: context.now, what },
  };
  const step = moveTo(journal, home, changes, context, what);
  // The request is removed after the event is made, so that the event names who asked. If another key has been marked as
  // compromised meanwhile, its request stays.
  const request = journal.compromised.length > 0 ? journal.request : null;
  return step.do === 'save' ? { ...step, journal: { ...step.journal, request } } : step;
}
