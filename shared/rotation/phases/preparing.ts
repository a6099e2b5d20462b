import { addSeconds } from '../../iso-time.ts';
import { checkForDrift, compareKeys } from '../drift.ts';
import { replaceCompromised } from '../replace-compromised.ts';
import type { RotationJournal } from '../rotation-journal.ts';
import type { Facts, RotationContext, Step } from '../rotation-step.ts';
import { publishesStandbyAsItIs, standbyOf, waitForStandby } from '../standby.ts';

/** Regenerates the standby unless something depends on it. */
export function whenPreparing(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  return (
    spareStandby(journal, facts, context) ??
    compareKeys(journal, facts, context) ??
    regenerateStandby(journal, context)
  );
}

/**
 * Returns what to do instead while the standby must not die yet: something may depend on it, or the secret holds it.
 * @returns null if it may be regenerated now; a compromised standby always may.
 */
function spareStandby(journal: RotationJournal, facts: Facts, context: RotationContext): Step | null {
  // The active key is compromised: it is not published again, and nothing waits while it can still be used.
  if (journal.compromised.length > 0)
    return isStandbyFree(journal, facts, context) ? null : replaceCompromised(journal, facts, context);
  return checkForDrift(journal, facts, context) ?? waitForStandby(journal, facts, context);
}

/**
 * Returns true if a compromised active key is replaced by a regenerated standby. Without a clock that is known to be right,
 * a standby that was in use counts as still in use, unless a regeneration of it has already been sent.
 */
function isStandbyFree(journal: RotationJournal, facts: Facts, context: RotationContext): boolean {
  if (!publishesStandbyAsItIs(journal)) return true;
  if (!context.isClockRight) return journal.attempt !== null;
  return waitForStandby(journal, facts, context) === null;
}

/**
 * Sends a regeneration again after the former attempt is over, if its reason still applies. The former request may still
 * take effect, so its attempt stays in the journal until a new one replaces it: a change in between counts as the broker's
 * own, and a later one is noticed while the key settles.
 */
export function resendRegeneration(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  const step = whenPreparing(journal, facts, context);
  if (step.do !== 'save') return step;
  const { phase, active } = step.journal;
  const goesOn = phase === journal.phase && active === journal.active;
  return goesOn ? step : { ...step, journal: { ...step.journal, attempt: null } };
}

function regenerateStandby(journal: RotationJournal, context: RotationContext): Step {
  const key = standbyOf(journal);
  const until = addSeconds(context.now, context.waits.callTimeoutSeconds);
  const unanswered = journal.attempt?.until ?? null;
  const attempt = { key, instance: context.instance, until, before: journal.hashes, unanswered };
  return { do: 'regenerate', key, journal: { ...journal, attempt, settleUntil: null } };
}
