import { addSeconds } from '../../iso-time.ts';
import { replaceCompromised } from '../replace-compromised.ts';
import type { RotationJournal } from '../rotation-journal.ts';
import { standbyOf, type Facts, type RotationContext, type Step } from '../rotation-step.ts';
import { compareKeys, watch } from '../watch.ts';
import { waitForStandby } from '../standby.ts';

/** Regenerates the standby, unless something depends on it. */
export function whenPreparing(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  return (
    spareStandby(journal, facts, context) ??
    compareKeys(journal, facts, context) ??
    regenerateStandby(journal, context)
  );
}

/**
 * Why the standby must not die yet: something may depend on it, or the secret holds it. Null: it may, and does at once
 * where it was given up itself.
 */
function spareStandby(journal: RotationJournal, facts: Facts, context: RotationContext): Step | null {
  if (journal.compromised.includes(standbyOf(journal))) return null;
  const inUse = waitForStandby(journal, facts, context);
  // The active key was given up. It is not published once more, and nothing waits while it could still be used.
  if (journal.compromised.length > 0)
    return inUse === null ? null : replaceCompromised(journal, facts, context);
  return watch(journal, facts, context) ?? inUse;
}

/**
 * The former request may land yet, so its attempt stands until a new one takes its place: what lands in between is ours,
 * and what lands later is caught while settling. Its reason is looked at again first.
 */
export function sendAgain(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  const step = whenPreparing(journal, facts, context);
  if (step.do !== 'save') return step;
  const { phase, active } = step.journal;
  const goesOn = phase === journal.phase && active === journal.active;
  return goesOn ? step : { ...step, journal: { ...step.journal, attempt: null } };
}

function regenerateStandby(journal: RotationJournal, context: RotationContext): Step {
  const key = standbyOf(journal);
  const until = addSeconds(context.now, context.waits.callTimeoutSeconds);
  const attempt = { key, instance: context.instance, until, before: journal.hashes };
  return { do: 'regenerate', key, journal: { ...journal, attempt, settleUntil: null } };
}
