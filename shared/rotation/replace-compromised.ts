import type { RotationJournal } from './rotation-journal.ts';
import { moveTo, standbyOf, type Facts, type RotationContext, type Step } from './rotation-step.ts';
import { publishesStandbyAsItIs } from './standby.ts';
import { adoptOther } from './watch.ts';

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
  const [active, other] = [journal.active, standby].map((key) => journal.compromised.includes(key));
  if (active !== true && other !== true) return null;
  const reset = { settleUntil: null } as const;
  // This does not read the secret, because a failing vault must not keep a leaked key alive.
  if (active !== true)
    return moveTo(
      journal,
      'retiring',
      reset,
      context,
      `${standby} is compromised and is regenerated at once`,
    );
  // An operator may already have published the standby by hand. It signs tokens then, so it is not regenerated next.
  if (facts.secret === undefined) return { do: 'read', what: 'secret' };
  if (facts.secret?.hash === journal.hashes[standby]) return adoptOther(journal, standby, context);
  const detail = `${journal.active} is compromised; ${standby} replaces it`;
  // Something may depend on the standby, so only the compromised key is regenerated.
  const phase = publishesStandbyAsItIs(journal) ? 'publishing' : 'preparing';
  return moveTo(journal, phase, reset, context, detail);
}
