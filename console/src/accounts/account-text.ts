import type { RotationState } from '../api/replies.ts';
import { roughText } from '../time/format.ts';

type Phase = NonNullable<RotationState['phase']>;

/** The phases of a rotation, in order. */
export const STEPS: readonly Phase[] = ['preparing', 'settling', 'publishing', 'draining', 'retiring'];

/** How a phase is coloured: fine, in progress, or not managed. */
export function phaseTone(phase: RotationState['phase']): 'success' | 'brand' | 'informative' | 'warning' {
  if (phase === 'steady') return 'success';
  if (phase === 'paused') return 'warning';
  return phase === 'observed' || phase === null ? 'informative' : 'brand';
}

const WAITS: Readonly<Record<Phase, string>> = {
  observed: 'Not taken over: its keys are never regenerated.',
  steady: 'Nothing to do until the next rotation is due.',
  preparing: 'The standby key is being regenerated.',
  settling: 'Waits until the new key is unchanged for a while and opens the storage.',
  publishing: 'The new key is being written to the vault and read back.',
  draining: 'The former key is kept until the last token that it signed has ended.',
  retiring: 'The former key is being regenerated.',
  paused:
    'Something else manages this account too, so no key is regenerated until an operator takes it over.',
};

/** What the rotation of an account does or waits for, in words. */
export const waitText = (phase: RotationState['phase']): string =>
  phase === null ? 'Not rotated by this broker, or not observed yet.' : WAITS[phase];

/** The age of a key in seconds; null if Azure does not tell when it was made. */
export function ageSeconds(createdAt: string | null, now: Date): number | null {
  return createdAt === null ? null : Math.max(0, (now.getTime() - Date.parse(createdAt)) / 1000);
}

/** The active key's age, and the part of its time that has passed: more than 1 if it is overdue, null if unknown. */
export function activeAge(
  state: Pick<RotationState, 'activeKey' | 'keys' | 'nextDueAt'>,
  now: Date,
): { readonly text: string; readonly part: number | null } {
  const active = state.keys.find(({ name }) => name === state.activeKey);
  if (active === undefined) return { text: 'no active key', part: null };
  const age = ageSeconds(active.createdAt, now);
  if (age === null || active.createdAt === null) return { text: `${active.name} · age unknown`, part: null };
  if (state.nextDueAt === null) return { text: `${active.name} · ${roughText(age)}`, part: null };
  const whole = (Date.parse(state.nextDueAt) - Date.parse(active.createdAt)) / 1000;
  return { text: `${active.name} · ${roughText(age)} of ${roughText(whole)}`, part: age / whole };
}

/** What somebody should know about an account in its row; null if there is nothing. */
export function noteOf(state: Pick<RotationState, 'phase' | 'lastError'>): string | null {
  if (state.lastError !== null) return state.lastError;
  return state.phase === 'observed' || state.phase === 'paused' || state.phase === null
    ? waitText(state.phase)
    : null;
}

/** How often to read the state again, in milliseconds. @param actedAt when somebody last acted here; null: never. */
export function pollEvery(
  phase: RotationState['phase'] | undefined,
  actedAt: number | null,
  now: number,
): number {
  if (actedAt !== null && now - actedAt < 120_000) return 2000;
  return phase !== undefined && phase !== null && STEPS.includes(phase) && phase !== 'draining'
    ? 5000
    : 30_000;
}
