import { addSeconds } from '../iso-time.ts';
import { claimed } from './claimed.ts';
import { firstContact } from './first-contact.ts';
import { revoking } from './revoking.ts';
import type { RotationJournal } from './rotation-journal.ts';
import {
  later,
  moveTo,
  save,
  standbyOf,
  waitUntil,
  type Facts,
  type RotationContext,
  type Step,
} from './rotation-step.ts';
import { nextDue } from './rotation-waits.ts';
import { compareKeys, watch } from './watch.ts';

type Decide = (journal: RotationJournal, facts: Facts, context: RotationContext) => Step;

/**
 * The state machine: what to do next for one account, from its journal and what was read. Pure.
 *
 * Invariant: a key that is active, draining or of unknown status is never regenerated, unless an operator gave it up
 * (`compromised`).
 */
export function nextStep(journal: RotationJournal | null, facts: Facts, context: RotationContext): Step {
  if (journal === null) return firstContact(facts, context);
  const left = journal.notBefore === null ? null : waitUntil(journal.notBefore, context.now);
  if (left !== null) return left;
  if (journal.claim !== null)
    return claimed(journal, journal.claim, facts, context) ?? sendAgain(journal, facts, context);
  return PHASE[journal.phase](journal, facts, context);
}

const PHASE: Readonly<Record<RotationJournal['phase'], Decide>> = {
  observed: (journal, facts, context) =>
    revoking(journal, facts, context) ??
    watch(journal, facts, context) ??
    (context.takeOver ? takenOver(journal, context) : { do: 'wait', until: null }),
  paused: (journal, facts, context) =>
    revoking(journal, facts, context) ?? watch(journal, facts, context) ?? { do: 'wait', until: null },
  steady: (journal, facts, context) =>
    revoking(journal, facts, context) ?? watch(journal, facts, context) ?? whenDue(journal, context),
  preparing,
  settling,
  publishing,
  draining: (journal, facts, context) =>
    revoking(journal, facts, context) ??
    watch(journal, facts, context) ??
    standbyInUse(journal, facts, context) ??
    moveTo(
      journal,
      'retiring',
      { settleUntil: null },
      context,
      `nothing lives on ${standbyOf(journal)} any more`,
    ),
  retiring,
};

function takenOver(journal: RotationJournal, context: RotationContext): Step {
  const dueAt = nextDue(context.account, context.now, context.waits.every);
  return moveTo(
    journal,
    'steady',
    { takenOver: true, dueAt },
    context,
    'taken over, as the configuration says',
  );
}

function whenDue(journal: RotationJournal, context: RotationContext): Step {
  const { dueAt, request } = journal;
  if (request === null && (dueAt === null || context.now < dueAt)) return untilDue(journal, context);
  const asked = request ?? { by: 'schedule', reason: 'due', at: context.now };
  const started = { ...journal, request: asked };
  return moveTo(started, 'preparing', {}, context, `a rotation begins: ${asked.reason}`);
}

/** No longer than `every` from now: it may have been shortened, or the clock have been ahead when this was planned. */
function untilDue(journal: RotationJournal, context: RotationContext): Step {
  const { account, now, waits } = context;
  const { dueAt } = journal;
  if (dueAt !== null && dueAt <= addSeconds(now, waits.every)) return { do: 'wait', until: dueAt };
  return save(journal, { dueAt: nextDue(account, now, waits.every) }, context);
}

/** Freeze, then count: null once nothing of ours can depend on the standby. */
function standbyInUse(journal: RotationJournal, facts: Facts, context: RotationContext): Step | null {
  const { demotedAt, drainUntil } = journal;
  if (demotedAt === null) return null;
  const { waits, now } = context;
  const frozen = waitUntil(addSeconds(demotedAt, waits.freeze), now);
  if (frozen !== null) return frozen;
  const standby = standbyOf(journal);
  const overlap = addSeconds(demotedAt, waits.overlap);
  if (drainUntil !== null) return waitUntil(later(drainUntil, overlap), now);
  const tokens = facts.tokens?.[standby];
  if (tokens === undefined) return { do: 'count', key: standby };
  const dead = tokens.latestExpiry === null ? now : addSeconds(tokens.latestExpiry, waits.clockSkew);
  return save(journal, { drainUntil: later(dead, overlap) }, context, {
    type: `rotation-${journal.phase}`,
    detail: `${tokens.count} tokens live on ${standby}`,
  });
}

function preparing(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  return (
    spared(journal, facts, context) ??
    compareKeys(journal, facts, context) ??
    regenerateStandby(journal, context)
  );
}

/**
 * Why the standby must not die yet: something may depend on it, or the secret holds it. Null: it may, and does at once
 * where it was given up itself.
 */
function spared(journal: RotationJournal, facts: Facts, context: RotationContext): Step | null {
  if (journal.compromised.includes(standbyOf(journal))) return null;
  const inUse = standbyInUse(journal, facts, context);
  // The active key was given up. It is not published once more, and nothing waits while it could still be used.
  if (journal.compromised.length > 0) return inUse === null ? null : revoking(journal, facts, context);
  return watch(journal, facts, context) ?? inUse;
}

/**
 * The former request may land yet, so its claim stands until a new one takes its place: what lands in between is ours,
 * and what lands later is caught while settling. Its reason is looked at again first.
 */
function sendAgain(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  const step = preparing(journal, facts, context);
  if (step.do !== 'save') return step;
  const { phase, active } = step.journal;
  const goesOn = phase === journal.phase && active === journal.active;
  return goesOn ? step : { ...step, journal: { ...step.journal, claim: null } };
}

function regenerateStandby(journal: RotationJournal, context: RotationContext): Step {
  const key = standbyOf(journal);
  const until = addSeconds(context.now, context.waits.callDeadline);
  const claim = { key, instance: context.instance, until, before: journal.hashes };
  return { do: 'regenerate', key, journal: { ...journal, claim, settleUntil: null } };
}

/** The standby's new value must stay the same for `settle` and open the storage: a lost request may land late. */
function settling(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  const standby = standbyOf(journal);
  if (journal.compromised.includes(standby))
    return moveTo(
      journal,
      'preparing',
      { settleUntil: null },
      context,
      `${standby} was given up: it is made anew`,
    );
  const unsettled = settled(journal, facts, context);
  if (unsettled !== null) return unsettled;
  const opens = facts.opens?.[standby];
  if (opens === undefined) return { do: 'probe', key: standby };
  if (opens)
    return moveTo(journal, 'publishing', { settleUntil: null }, context, `${standby} opens the storage`);
  const lastError = `storage does not accept ${standby}`;
  return journal.lastError === lastError
    ? { do: 'wait', until: null }
    : save(journal, { lastError }, context);
}

/** Null once `settleUntil` has passed and the keys are what the journal says. */
function settled(journal: RotationJournal, facts: Facts, context: RotationContext): Step | null {
  const waiting = journal.settleUntil === null ? null : waitUntil(journal.settleUntil, context.now);
  if (waiting !== null) return waiting;
  if (facts.keys === undefined) return { do: 'read', what: 'keys' };
  const standby = standbyOf(journal);
  if (facts.keys[standby] === journal.hashes[standby]) return compareKeys(journal, facts, context);
  return save(
    journal,
    {
      hashes: { ...journal.hashes, [standby]: facts.keys[standby] },
      settleUntil: addSeconds(context.now, context.waits.settle),
    },
    context,
    { type: 'drift', detail: `${standby} changed once more; it settles anew` },
  );
}

function publishing(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  const standby = standbyOf(journal);
  if (facts.secret === undefined) return { do: 'read', what: 'secret' };
  if (facts.secret?.hash === journal.hashes[standby]) return published(journal, context);
  if (journal.compromised.includes(standby))
    return moveTo(journal, 'preparing', {}, context, `${standby} was given up: it is made anew`);
  const difference = compareKeys(journal, facts, context);
  if (difference !== null) return difference;
  return facts.published === true ? { do: 'wait', until: null } : { do: 'publish', key: standby };
}

function published(journal: RotationJournal, context: RotationContext): Step {
  const [former, active] = [journal.active, standbyOf(journal)];
  const swapped = {
    active,
    demotedAt: context.now,
    drainUntil: null,
    settleUntil: null,
    dueAt: journal.takenOver ? nextDue(context.account, context.now, context.waits.every) : null,
  } as const;
  return journal.compromised.includes(former)
    ? moveTo(journal, 'retiring', swapped, context, `${active} is published; ${former} was given up`)
    : moveTo(journal, 'draining', swapped, context, `${active} is published; ${former} drains`);
}

/** Regenerates the demoted key, unless something lives on it; once that has settled, the rotation is over. */
function retiring(journal: RotationJournal, facts: Facts, context: RotationContext): Step {
  if (journal.settleUntil === null) return preparing(journal, facts, context);
  const unsettled = settled(journal, facts, context);
  if (unsettled !== null) return unsettled;
  return disableOthers(facts) ?? finished(journal, context);
}

/** Versions that hold a dead key must not be read any more. */
function disableOthers(facts: Facts): Step | null {
  if (facts.secret === undefined) return { do: 'read', what: 'secret' };
  if (facts.secret === null || facts.disabled === true) return null;
  return { do: 'disable', keep: facts.secret.version };
}

/** The new key's time is left to the next look: read after the values, it could hide that they changed since. */
function finished(journal: RotationJournal, context: RotationContext): Step {
  const home = journal.takenOver ? 'steady' : 'observed';
  const what = `${journal.active} signs, ${standbyOf(journal)} was regenerated`;
  const changes = {
    settleUntil: null,
    demotedAt: null,
    drainUntil: null,
    lastOutcome: { at: context.now, what },
  };
  // The request goes last: the event of this very step still names who asked.
  const step = moveTo(journal, home, changes, context, what);
  return step.do === 'save' ? { ...step, journal: { ...step.journal, request: null } } : step;
}
