import { addSeconds, laterOf } from '../iso-time.ts';
import { save, UNCOUNTED, waitUntil } from './make-step.ts';
import type { Attempt, RotationJournal } from './rotation-journal.ts';
import type { Facts, RotationContext, Step } from './rotation-step.ts';
import { backOffUntil } from './rotation-waits.ts';

/**
 * Follows a regeneration that this run, another instance, or an instance that has died since has sent. Its reply proves
 * nothing; only a changed key value does. No instance sends another request before the attempt is over.
 * @returns null once the attempt is over and the key has not changed.
 */
export function followAttempt(
  journal: RotationJournal,
  attempt: Attempt,
  facts: Facts,
  context: RotationContext,
): Step | null {
  const { regeneration } = facts;
  if (regeneration?.outcome === 'refused') {
    // Without a pause, a rejected request would be sent again as often as a tick has steps.
    const { retryAt } = regeneration;
    const notBefore =
      retryAt === null
        ? addSeconds(context.now, context.waits.callTimeoutSeconds)
        : backOffUntil(retryAt, journal, context.waits);
    const left = earlierAttempt(attempt, context);
    return save(journal, { attempt: left, notBefore, lastError: regeneration.reason }, context);
  }
  const over = addSeconds(attempt.until, context.waits.clockSkew);
  const patient = waitUntil(over, context.now);
  if (regeneration === undefined && patient !== null) return patient;
  if (facts.keys === undefined) return { do: 'read', what: 'keys' };
  if (facts.keys[attempt.key] === attempt.before[attempt.key]) return patient;
  // A request that got a reply cannot take effect again; one that got none still may, until its deadline.
  const lastChance = regeneration?.outcome === 'done' ? context.now : laterOf(context.now, attempt.until);
  const phase = journal.phase === 'preparing' ? 'settling' : journal.phase;
  const landed = {
    attempt: null,
    hashes: { ...journal.hashes, [attempt.key]: facts.keys[attempt.key] },
    // Another host may check it, by a clock that is ahead.
    settleUntil: addSeconds(lastChance, context.waits.settle + context.waits.clockSkew),
    demotedAt: null,
    // The other key is demoted next, and an instance with the settings of this drain may still run.
    drainWaits: phase === 'settling' ? journal.drainWaits : null,
    ...UNCOUNTED,
    compromised: journal.compromised.filter((key) => key !== attempt.key),
    unpublished: false,
    lastError: null,
  };
  return save(journal, { ...landed, phase }, context, {
    type: `rotation-${phase}`,
    detail: `${attempt.key} was regenerated`,
  });
}

/**
 * Returns what a refusal leaves of an attempt: an earlier request that got no reply is not refused with it. Without it,
 * its late effect would look like a regeneration by something else. Null once it can no longer take effect.
 */
function earlierAttempt(attempt: Attempt, { waits, now }: RotationContext): Attempt | null {
  const { unanswered } = attempt;
  if (unanswered === null || now > addSeconds(unanswered, waits.settle + waits.clockSkew)) return null;
  return { ...attempt, until: unanswered };
}
