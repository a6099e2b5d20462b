import { isDeepStrictEqual } from 'node:util';
import type { KeyName } from '../azure/services.ts';
import { addSeconds, laterOf } from '../iso-time.ts';
import { save, UNCOUNTED, waitUntil } from './make-step.ts';
import { returnPointOf } from './mark-compromised.ts';
import type { RotationJournal } from './rotation-journal.ts';
import type { CountFact, Facts, RotationContext, Step } from './rotation-step.ts';
import { longestDrainWaits } from './rotation-waits.ts';

/** Returns the account's other key. */
export const otherKey = (key: KeyName): KeyName => (key === 'key1' ? 'key2' : 'key1');

/** Returns the key that is not published. */
export const standbyOf = (journal: RotationJournal): KeyName => otherKey(journal.active);

/**
 * Returns true if something may still use the standby: tokens that it signed while it was active, or applications
 * outside the broker on an account that rotation leaves alone.
 */
function isStandbyInUse(journal: RotationJournal): boolean {
  return journal.demotedAt !== null || !journal.takenOver || returnPointOf(journal) !== null;
}

/** Returns true if a compromised active key is replaced by the standby as it is, without regenerating it first. */
export function publishesStandbyAsItIs(journal: RotationJournal): boolean {
  return !journal.compromised.includes(standbyOf(journal)) && isStandbyInUse(journal);
}

/**
 * Waits until no token of this broker can depend on the standby: freezes, counts the tokens once, then waits for the
 * latest expiry and at least for `overlap`.
 * @returns null once no such token is left.
 */
export function waitForStandby(
  journal: RotationJournal,
  facts: Facts,
  context: RotationContext,
): Step | null {
  const { demotedAt, drainUntil, countedAt } = journal;
  if (demotedAt === null) return null;
  const { waits, now } = context;
  const drainWaits = longestDrainWaits(journal, waits);
  if (!isDeepStrictEqual(drainWaits, journal.drainWaits)) return save(journal, { drainWaits }, context);
  const freezeEnd = addSeconds(demotedAt, drainWaits.freeze);
  const frozen = waitUntil(freezeEnd, now);
  if (frozen !== null) return hasCount(journal) ? save(journal, UNCOUNTED, context) : frozen;
  const overlapEnd = addSeconds(demotedAt, drainWaits.overlap);
  if (drainUntil !== null && isWithin(countedAt, freezeEnd, now))
    return waitUntil(laterOf(drainUntil, overlapEnd), now);
  const standby = standbyOf(journal);
  const tokens = facts.tokens?.[standby];
  return tokens === undefined
    ? countTokens(journal, standby, demotedAt, freezeEnd, context)
    : saveCount(journal, standby, demotedAt, overlapEnd, tokens, context);
}

/** During the freeze a count can only come from a clock or settings that have changed since. */
const hasCount = ({ drainUntil, tally }: RotationJournal): boolean => drainUntil !== null || tally !== null;

/** A count that began before the freeze ended, as it is computed now, may have passed rows that came later. */
function isWithin(begunAt: Date | null, freezeEnd: Date, now: Date): boolean {
  return begunAt !== null && freezeEnd <= begunAt && begunAt <= now;
}

/** Continues an earlier tick's count if it was of the same key and demotion, and began after the freeze. */
function countTokens(
  { tally, hashes }: RotationJournal,
  key: KeyName,
  demotedAt: Date,
  freezeEnd: Date,
  context: RotationContext,
): Extract<Step, { do: 'count' }> {
  const continues =
    tally?.key === key &&
    tally.demotedAt.getTime() === demotedAt.getTime() &&
    isWithin(tally.begunAt, freezeEnd, context.now);
  const begun = continues ? tally : null;
  return { do: 'count', key, hashes, begun, begunAt: begun?.begunAt ?? context.now };
}

/** Journals an unfinished count, or until when the last token lives. */
function saveCount(
  journal: RotationJournal,
  key: KeyName,
  demotedAt: Date,
  overlapEnd: Date,
  { count, latestExpiry, rest, begunAt }: CountFact,
  context: RotationContext,
): Step {
  if (rest !== null) {
    const tally = { key, demotedAt, begunAt, count, latestExpiry, rest };
    return save(journal, { ...UNCOUNTED, tally }, context);
  }
  const { waits, now } = context;
  const dead = latestExpiry === null ? now : addSeconds(latestExpiry, waits.clockSkew);
  const drainUntil = laterOf(dead, overlapEnd);
  return save(journal, { ...UNCOUNTED, drainUntil, countedAt: begunAt }, context, {
    type: `rotation-${journal.phase}`,
    detail: `${count} live tokens depend on ${key}`,
  });
}
