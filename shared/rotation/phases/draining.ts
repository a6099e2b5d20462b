import { addSeconds } from '../../iso-time.ts';
import { replaceCompromised } from '../replace-compromised.ts';
import type { RotationJournal } from '../rotation-journal.ts';
import {
  later,
  moveTo,
  save,
  standbyOf,
  UNCOUNTED,
  waitUntil,
  type Counted,
  type Facts,
  type RotationContext,
  type Step,
} from '../rotation-step.ts';
import { watch } from '../watch.ts';
import type { KeyName } from '../../azure/services.ts';

/** Waits until nothing lives on the demoted key any more. */
export function whenDraining(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  return (
    replaceCompromised(journal, facts, context) ??
    watch(journal, facts, context) ??
    waitForStandby(journal, facts, context) ??
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
export function waitForStandby(
  journal: RotationJournal,
  facts: Facts,
  context: RotationContext,
): Step | null {
  const { demotedAt, drainUntil, countedAt } = journal;
  if (demotedAt === null) return null;
  const { waits, now } = context;
  const frozen = waitUntil(addSeconds(demotedAt, waits.freeze), now);
  if (frozen !== null) return wasCounted(journal) ? save(journal, UNCOUNTED, context) : frozen;
  const overlap = addSeconds(demotedAt, waits.overlap);
  if (drainUntil !== null && isAfterFreeze(countedAt, demotedAt, context))
    return waitUntil(later(drainUntil, overlap), now);
  const standby = standbyOf(journal);
  const tokens = facts.tokens?.[standby];
  return tokens === undefined
    ? countOf(journal, standby, demotedAt, context)
    : keep(journal, standby, demotedAt, tokens, context);
}

/** While the freeze lasts nothing can have been counted, except by a clock or settings that are no more. */
const wasCounted = ({ drainUntil, tally }: RotationJournal): boolean => drainUntil !== null || tally !== null;

/** Rows that come before the end of the freeze, as it is now, may stand before the place that a count has come to. */
function isAfterFreeze(begunAt: Date | null, demotedAt: Date, { waits, now }: RotationContext): boolean {
  return begunAt !== null && addSeconds(demotedAt, waits.freeze) <= begunAt && begunAt <= now;
}

/** Goes on with what an earlier tick counted, if that was of this key and this demotion, and after the freeze. */
function countOf(
  { tally, misnamed }: RotationJournal,
  key: KeyName,
  demotedAt: Date,
  context: RotationContext,
): Extract<Step, { do: 'count' }> {
  const isOfThis =
    tally?.key === key &&
    tally.demotedAt.getTime() === demotedAt.getTime() &&
    isAfterFreeze(tally.begunAt, demotedAt, context);
  const begun = isOfThis ? tally : null;
  return { do: 'count', key, anyName: misnamed.includes(key), begun, begunAt: begun?.begunAt ?? context.now };
}

/** What was found so far, or until when the last token lives. */
function keep(
  journal: RotationJournal,
  key: KeyName,
  demotedAt: Date,
  { count, latestExpiry, rest, begunAt }: Counted,
  context: RotationContext,
): Step {
  if (rest !== null) {
    const tally = { key, demotedAt, begunAt, count, latestExpiry, rest };
    return save(journal, { ...UNCOUNTED, tally }, context);
  }
  const { waits, now } = context;
  const dead = latestExpiry === null ? now : addSeconds(latestExpiry, waits.clockSkew);
  const drainUntil = later(dead, addSeconds(demotedAt, waits.overlap));
  return save(journal, { ...UNCOUNTED, drainUntil, countedAt: begunAt }, context, {
    type: `rotation-${journal.phase}`,
    detail: `${count} tokens live on ${key}`,
  });
}
