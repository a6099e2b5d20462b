import { addSeconds } from '../iso-time.ts';
import type { Claim, RotationJournal } from './rotation-journal.ts';
import {
  later,
  save,
  UNCOUNTED,
  waitUntil,
  type Facts,
  type RotationContext,
  type Step,
} from './rotation-step.ts';

/**
 * A regeneration was sent, by this run, by another instance, or by one that died. Its reply proves nothing: only
 * other key values do. Nobody sends another before the claim is over.
 * @returns null once it is over and nothing has landed.
 */
export function claimed(
  journal: RotationJournal,
  claim: Claim,
  facts: Facts,
  context: RotationContext,
): Step | null {
  const { regeneration } = facts;
  if (regeneration?.outcome === 'refused') {
    // What was turned down is not asked for again at once: it would be, as often as a tick has steps.
    const notBefore = regeneration.retryAt ?? addSeconds(context.now, context.waits.callDeadline);
    return save(journal, { claim: null, notBefore, lastError: regeneration.reason }, context);
  }
  const over = addSeconds(claim.until, context.waits.clockSkew);
  const patient = waitUntil(over, context.now);
  if (regeneration === undefined && patient !== null) return patient;
  if (facts.keys === undefined) return { do: 'read', what: 'keys' };
  if (facts.keys[claim.key] === claim.before[claim.key]) return patient;
  // A request that was answered cannot land again; one that was not may, until its caller gave up on it.
  const lastChance = regeneration?.outcome === 'done' ? context.now : later(context.now, claim.until);
  const landed = {
    claim: null,
    hashes: { ...journal.hashes, [claim.key]: facts.keys[claim.key] },
    settleUntil: addSeconds(lastChance, context.waits.settle),
    demotedAt: null,
    ...UNCOUNTED,
    misnamed: journal.misnamed.filter((key) => key !== claim.key),
    compromised: journal.compromised.filter((key) => key !== claim.key),
    lastError: null,
  };
  const phase = journal.phase === 'preparing' ? 'settling' : journal.phase;
  return save(journal, { ...landed, phase }, context, {
    type: `rotation-${phase}`,
    detail: `${claim.key} was regenerated`,
  });
}
