import { adoptStandby } from './drift.ts';
import { moveTo } from './make-step.ts';
import { returnPointOf } from './mark-compromised.ts';
import type { RotationJournal } from './rotation-journal.ts';
import type { Facts, RotationContext, Step } from './rotation-step.ts';
import { publishesStandbyAsItIs, standbyOf } from './standby.ts';

/**
 * Starts the replacement of compromised keys, the standby alone first, and never leaves the account without a published
 * key.
 * @returns null if no key is compromised.
 */
export function replaceCompromised(
  journal: RotationJournal,
  facts: Facts,
  context: RotationContext,
): Step | null {
  const standby = standbyOf(journal);
  if (journal.compromised.length === 0) return null;
  const reset = { settleUntil: null, returnTo: returnPointOf(journal) } as const;
  // This does not read the secret, because a failing vault must not keep a leaked key alive.
  if (!journal.compromised.includes(journal.active))
    return moveTo(
      journal,
      'retiring',
      reset,
      context,
      `${standby} is compromised and is regenerated at once`,
    );
  // An operator may already have published the standby by hand. It signs tokens then, so it is not regenerated next.
  if (facts.secret === undefined) return { do: 'read', what: 'secret' };
  if (facts.secret?.hash === journal.hashes[standby]) return adoptStandby(journal, context);
  const detail = `${journal.active} is compromised; ${standby} replaces it`;
  // Something may depend on the standby, so only the compromised key is regenerated.
  const phase = publishesStandbyAsItIs(journal) ? 'publishing' : 'preparing';
  return moveTo(journal, phase, reset, context, detail);
}
