import { addSeconds } from '../../iso-time.ts';
import { checkForDrift } from '../drift.ts';
import { moveTo, save } from '../make-step.ts';
import { replaceCompromised } from '../replace-compromised.ts';
import type { RotationJournal } from '../rotation-journal.ts';
import type { Facts, RotationContext, Step } from '../rotation-step.ts';
import { nextDue } from '../rotation-waits.ts';

/** Checks keys and secret until a rotation is due or an operator orders one. */
export function whenSteady(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  return (
    replaceCompromised(journal, facts, context) ??
    checkForDrift(journal, facts, context) ??
    startIfDue(journal, context)
  );
}

function startIfDue(journal: RotationJournal, context: RotationContext): Step {
  const { dueAt, request } = journal;
  if (request === null && (dueAt === null || context.now < dueAt)) return waitUntilDue(journal, context);
  const asked = request ?? { by: 'schedule', byName: null, reason: 'due', at: context.now };
  const started = { ...journal, request: asked };
  return moveTo(started, 'preparing', {}, context, `a rotation started: ${asked.reason}`);
}

/** Waits until the due time, which must be at most `every` from now: the setting may be shorter, or the clock set back. */
function waitUntilDue(journal: RotationJournal, context: RotationContext): Step {
  const { account, now, waits } = context;
  const { dueAt } = journal;
  if (dueAt !== null && dueAt <= addSeconds(now, waits.every)) return { do: 'wait', until: dueAt };
  return save(journal, { dueAt: nextDue(account, now, waits.every) }, context);
}
