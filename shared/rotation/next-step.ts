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

/**
 * The state machine: decides the next step for one account from its journal and the facts that were read. Pure.
 *
 * Invariant: a key that is active, draining or of unknown status is never regenerated, unless an operator has marked it
 * as compromised.
 */
export function nextStep(journal: RotationJournal | null, facts: Facts, context: RotationContext): Step {
  if (journal === null) return makeFirstContact(facts, context);
  const bounded = boundInstants(journal, context);
  if (bounded !== null) return save(journal, bounded, context);
  const backingOff = journal.notBefore === null ? null : waitUntil(journal.notBefore, context.now);
  if (backingOff !== null) return backingOff;
  if (journal.attempt !== null)
    return (
      followAttempt(journal, journal.attempt, facts, context) ?? resendRegeneration(journal, facts, context)
    );
  return PHASE[journal.phase](journal, facts, context);
}
