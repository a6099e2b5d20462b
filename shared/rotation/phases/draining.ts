import type { KeyName } from '../../azure-storage.ts';
import { addSeconds } from '../../iso-time.ts';
import { revoking } from '../revoking.ts';
import type { RotationJournal, Tally } from '../rotation-journal.ts';
import {
  later,
  moveTo,
  save,
  standbyOf,
  waitUntil,
  type Facts,
  type RotationContext,
  type Step,
} from '../rotation-step.ts';
import { watch } from '../watch.ts';

/** Waits until nothing lives on the demoted key any more. */
export function draining(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  return (
    revoking(journal, facts, context) ??
    watch(journal, facts, context) ??
    standbyInUse(journal, facts, context) ??
    moveTo(
      journal,
      'retiring',
      { settleUntil: null },
      context,
      `nothing lives on ${standbyOf(journal)} any more`,
    )
  );
}

/** Freeze, then count: null once nothing of ours can depend on the standby. */
export function standbyInUse(journal: RotationJournal, facts: Facts, context: RotationContext): Step | null {
  const { demotedAt, drainUntil } = journal;
  if (demotedAt === null) return null;
  const { waits, now } = context;
  const frozen = waitUntil(addSeconds(demotedAt, waits.freeze), now);
  if (frozen !== null) return frozen;
  const standby = standbyOf(journal);
  const overlap = addSeconds(demotedAt, waits.overlap);
  if (drainUntil !== null) return waitUntil(later(drainUntil, overlap), now);
  const tokens = facts.tokens?.[standby];
  if (tokens === undefined) return { do: 'count', key: standby, begun: tallyOf(journal, standby, demotedAt) };
  const { count, latestExpiry, rest } = tokens;
  if (rest !== null)
    return save(journal, { tally: { key: standby, demotedAt, count, latestExpiry, rest } }, context);
  const dead = latestExpiry === null ? now : addSeconds(latestExpiry, waits.clockSkew);
  return save(journal, { drainUntil: later(dead, overlap), tally: null }, context, {
    type: `rotation-${journal.phase}`,
    detail: `${count} tokens live on ${standby}`,
  });
}

/** What an earlier tick counted, if that was of this key and this demotion. */
function tallyOf({ tally }: RotationJournal, key: KeyName, demotedAt: Date): Tally | null {
  const isOfThis = tally?.key === key && tally.demotedAt.getTime() === demotedAt.getTime();
  return isOfThis ? tally : null;
}
