import type { RotationJournal } from './rotation-journal.ts';
import { moveTo, standbyOf, type Facts, type RotationContext, type Step } from './rotation-step.ts';
import { publishesStandbyAsItIs } from './standby.ts';
import { adoptOther } from './watch.ts';

/** Where to go on for a key that an operator gave up: narrowest first, and never without a published key. */
export function replaceCompromised(
  journal: RotationJournal,
  facts: Facts,
  context: RotationContext,
): Step | null {
  const standby = standbyOf(journal);
  const [active, other] = [journal.active, standby].map((key) => journal.compromised.includes(key));
  if (active !== true && other !== true) return null;
  const reset = { settleUntil: null } as const;
  // Without a look at the secret: that the vault fails must not keep a leaked key alive.
  if (active !== true)
    return moveTo(journal, 'retiring', reset, context, `${standby} was given up: it is regenerated at once`);
  // Whoever saw the leak may have published the standby by hand first: it signs by now, and is not the next to die.
  if (facts.secret === undefined) return { do: 'read', what: 'secret' };
  if (facts.secret?.hash === journal.hashes[standby]) return adoptOther(journal, standby, context);
  const detail = `${journal.active} was given up: ${standby} takes its place`;
  // Something may depend on the standby, so only the compromised key is regenerated.
  const phase = publishesStandbyAsItIs(journal) ? 'publishing' : 'preparing';
  return moveTo(journal, phase, reset, context, detail);
}
