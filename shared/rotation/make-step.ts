import { isDeepStrictEqual } from 'node:util';
import type { RotationEvent, RotationJournal } from './rotation-journal.ts';
import type { RotationContext, Step } from './rotation-step.ts';
import { longestDrainWaits } from './rotation-waits.ts';

/** Discards every count: another key drains, or none does, or the freeze turns out not to be over. */
export const UNCOUNTED = { drainUntil: null, countedAt: null, tally: null } as const;

/**
 * Returns what is journalled when the standby is demoted, or its status becomes unknown, now. If that happens in mid-drain,
 * an instance with the settings of the earlier demotion may still run.
 * @param journal null at first contact.
 */
export function demotedNow(
  journal: Pick<RotationJournal, 'drainWaits'> | null,
  { now, waits }: RotationContext,
) {
  const drainWaits = longestDrainWaits(journal ?? { drainWaits: null }, waits);
  return { demotedAt: now, drainWaits, ...UNCOUNTED };
}

/**
 * Returns a step that saves the journal with the changes and, if one is given, an event. Changes that leave the journal as
 * it is are already saved, so nothing can be done until something else changes.
 */
export function save(
  journal: RotationJournal,
  changes: Partial<RotationJournal>,
  context: RotationContext,
  event?: { readonly type: string; readonly detail: string },
): Step {
  const next = { ...journal, ...changes };
  if (event === undefined)
    return isDeepStrictEqual(next, journal) ? { do: 'wait', until: null } : { do: 'save', journal: next };
  const happened: RotationEvent = {
    at: context.now,
    actor: journal.request?.by ?? 'schedule',
    actorName: journal.request?.byName ?? null,
    phase: next.phase,
    activeKey: next.active,
    ...event,
  };
  return { do: 'save', journal: { ...next, outbox: [...next.outbox, happened] } };
}

/** Returns a step that moves the account to another phase and clears its errors, with an event. */
export function moveTo(
  journal: RotationJournal,
  phase: RotationJournal['phase'],
  changes: Partial<RotationJournal>,
  context: RotationContext,
  detail: string,
): Step {
  return save(journal, { lastError: null, unpublished: false, ...changes, phase }, context, {
    type: `rotation-${phase}`,
    detail,
  });
}

/** Returns a step that waits until an instant; null if it has passed. */
export function waitUntil(until: Date, now: Date): Step | null {
  return now < until ? { do: 'wait', until } : null;
}
