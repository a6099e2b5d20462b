import { claimed } from './attempt.ts';
import { firstContact } from './first-contact.ts';
import { rememberMisnamed } from './misnamed.ts';
import { draining } from './phases/draining.ts';
import { observed } from './phases/observed.ts';
import { paused } from './phases/paused.ts';
import { preparing, sendAgain } from './phases/preparing.ts';
import { publishing } from './phases/publishing.ts';
import { retiring } from './phases/retiring.ts';
import { settling } from './phases/settling.ts';
import { steady } from './phases/steady.ts';
import type { RotationJournal } from './rotation-journal.ts';
import { waitUntil, type Facts, type RotationContext, type Step } from './rotation-step.ts';

type Decide = (journal: RotationJournal, facts: Facts, context: RotationContext) => Step;

/** In the order of a rotation; each phase has its file. */
const PHASE: Readonly<Record<RotationJournal['phase'], Decide>> = {
  observed,
  steady,
  preparing,
  settling,
  publishing,
  draining,
  retiring,
  paused,
};

/**
 * The state machine: what to do next for one account, from its journal and what was read. Pure.
 *
 * Invariant: a key that is active, draining or of unknown status is never regenerated, unless an operator gave it up
 * (`compromised`).
 */
export function nextStep(journal: RotationJournal | null, facts: Facts, context: RotationContext): Step {
  if (journal === null) return firstContact(facts, context);
  const left = journal.notBefore === null ? null : waitUntil(journal.notBefore, context.now);
  if (left !== null) return left;
  const misnamed = rememberMisnamed(journal, facts, context);
  if (misnamed !== null) return misnamed;
  if (journal.claim !== null)
    return claimed(journal, journal.claim, facts, context) ?? sendAgain(journal, facts, context);
  return PHASE[journal.phase](journal, facts, context);
}
