import { compareKeys } from '../drift.ts';
import { demotedNow, moveTo } from '../make-step.ts';
import { endOfRevocation } from '../mark-compromised.ts';
import type { RotationJournal } from '../rotation-journal.ts';
import type { Facts, RotationContext, Step } from '../rotation-step.ts';
import { nextDue } from '../rotation-waits.ts';
import { isPublished } from '../secret-fact.ts';
import { standbyOf } from '../standby.ts';

/** Writes the settled standby to the secret. Once the secret shows it, the former active key drains. */
export function whenPublishing(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  const standby = standbyOf(journal);
  if (facts.secret === undefined) return { do: 'read', what: 'secret' };
  if (isPublished(facts.secret, standby, journal.hashes)) return demoteFormer(journal, context);
  if (journal.compromised.includes(standby))
    return moveTo(journal, 'preparing', {}, context, `${standby} is compromised and is regenerated again`);
  const difference = compareKeys(journal, facts, context);
  if (difference !== null) return difference;
  return facts.published === true ? { do: 'wait', until: null } : { do: 'publish', key: standby };
}

function demoteFormer(journal: RotationJournal, context: RotationContext): Step {
  const former = journal.active;
  const active = standbyOf(journal);
  const changes = {
    active,
    ...demotedNow(journal, context),
    settleUntil: null,
    dueAt: journal.takenOver ? nextDue(context.account, context.now, context.waits.every) : null,
  } as const;
  if (journal.compromised.includes(former))
    return moveTo(
      journal,
      'retiring',
      changes,
      context,
      `${active} is published; ${former} is compromised and is regenerated next`,
    );
  const { returnTo } = journal;
  // The revocation did not name the former key, so nothing regenerates it.
  if (returnTo !== null)
    return moveTo(
      journal,
      returnTo.phase,
      { ...changes, ...endOfRevocation(journal) },
      context,
      `${active} is published`,
    );
  return moveTo(journal, 'draining', changes, context, `${active} is published; ${former} is draining`);
}
