import { followAttempt } from './attempt.ts';
import { boundInstants } from './bound-instants.ts';
import { makeFirstContact } from './first-contact.ts';
import { save, waitUntil } from './make-step.ts';
import { whenDraining } from './phases/draining.ts';
import { whenObserved } from './phases/observed.ts';
import { whenPaused } from './phases/paused.ts';
import { resendRegeneration, whenPreparing } from './phases/preparing.ts';
import { whenPublishing } from './phases/publishing.ts';
import { whenRetiring } from './phases/retiring.ts';
import { whenSettling } from './phases/settling.ts';
import { whenSteady } from './phases/steady.ts';
import type { RotationJournal } from './rotation-journal.ts';
import type { Facts, RotationContext, Step } from './rotation-step.ts';

type Decide = (journal: RotationJournal, facts: Facts, context: RotationContext) => Step;

/** In the order of a rotation; each phase has its own file. */
const PHASE: Readonly<Record<RotationJournal['phase'], Decide>> = {
  observed: whenObserved,
  steady: whenSteady,
  preparing: whenPreparing,
  settling: whenSettling,
  publishing: whenPublishing,
  draining: whenDraining,
  retiring: whenRetiring,
  paused: whenPaused,
};

/** Reads the creation times for the `Date` of the reply; the run fails if the clocks differ too much. */
const COMPARE_CLOCKS: Step = { do: 'read', what: 'times' };

/**
 * The state machine: decides the next step for one account from its journal and the facts that were read. Pure.
 *
 * It judges no wait before the run has compared its clock with Azure's, because a clock that is far ahead would take every
 * wait for over. Only a compromised key does not wait for that.
 *
 * Invariant: a key that is active, draining or of unknown status is never regenerated, unless an operator has marked it
 * as compromised.
 */
export function nextStep(journal: RotationJournal | null, facts: Facts, context: RotationContext): Step {
  if (journal === null) return context.isClockRight ? makeFirstContact(facts, context) : COMPARE_CLOCKS;
  const bounded = boundInstants(journal, context);
  const { notBefore } = journal;
  const backingOff = notBefore === null ? null : waitUntil(notBefore, context.now);
  if (backingOff !== null && bounded?.notBefore === undefined) return backingOff;
  if (!context.isClockRight && journal.compromised.length === 0) return COMPARE_CLOCKS;
  if (bounded !== null) return save(journal, bounded, context);
  if (journal.attempt !== null)
    return (
      followAttempt(journal, journal.attempt, facts, context) ?? resendRegeneration(journal, facts, context)
    );
  return PHASE[journal.phase](journal, facts, context);
}
