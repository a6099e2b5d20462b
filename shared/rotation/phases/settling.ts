import { addSeconds } from '../../iso-time.ts';
import { compareKeys } from '../drift.ts';
import { moveTo, save, waitUntil } from '../make-step.ts';
import type { RotationJournal } from '../rotation-journal.ts';
import type { Facts, RotationContext, Step } from '../rotation-step.ts';
import { standbyOf } from '../standby.ts';

/**
 * Waits until the standby's new value has stayed the same for `settle`, because a lost request may take effect late, and
 * storage accepts it.
 */
export function whenSettling(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  const standby = standbyOf(journal);
  if (journal.compromised.includes(standby))
    return moveTo(
      journal,
      'preparing',
      { settleUntil: null },
      context,
      `${standby} is compromised and is regenerated again`,
    );
  const unsettled = waitUntilSettled(journal, facts, context);
  if (unsettled !== null) return unsettled;
  const opens = facts.opens?.[standby];
  if (opens === undefined) return { do: 'probe', key: standby };
  if (opens)
    return moveTo(journal, 'publishing', { settleUntil: null }, context, `storage accepts ${standby}`);
  return save(journal, { lastError: `storage does not accept ${standby}` }, context);
}

/** Returns null once `settleUntil` has passed and the keys are what the journal says. */
export function waitUntilSettled(
  journal: RotationJournal,
  facts: Facts,
  context: RotationContext,
): Step | null {
  const waiting = journal.settleUntil === null ? null : waitUntil(journal.settleUntil, context.now);
  if (waiting !== null) return waiting;
  if (facts.keys === undefined) return { do: 'read', what: 'keys' };
  const standby = standbyOf(journal);
  if (facts.keys[standby] === journal.hashes[standby]) return compareKeys(journal, facts, context);
  return save(
    journal,
    {
      hashes: { ...journal.hashes, [standby]: facts.keys[standby] },
      settleUntil: addSeconds(context.now, context.waits.settle + context.waits.clockSkew),
    },
    context,
    { type: 'drift', detail: `${standby} changed again and must settle again` },
  );
}
