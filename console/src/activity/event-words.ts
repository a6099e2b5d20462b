import type { BrokerEvent } from '../api/replies.ts';

/** How much attention an event asks for. */
export type Tone = 'danger' | 'warning' | 'info';

/** The filters of the activity list, each with the type that `GET /events` gets. */
export const EVENT_CHIPS = [
  { id: 'all', label: 'All', type: null },
  { id: 'denial', label: 'Denials', type: 'denial' },
  { id: 'rotation', label: 'Rotation', type: 'rotation-*' },
  { id: 'revocation', label: 'Revocations', type: 'revocation*' },
  { id: 'policy', label: 'Policies', type: 'policy-*' },
  { id: 'drift', label: 'Drift', type: 'drift' },
] as const;
export type EventChip = (typeof EVENT_CHIPS)[number]['id'];

const TITLES: Readonly<Record<string, string>> = {
  block: 'Caller blocked',
  configuration: 'Configuration at start',
  denial: 'Refused',
  drift: 'A key changed outside the broker',
  healed: 'The published key was put right',
  'not-issued-here': 'A token of ours that we didn’t issue',
  'policy-deleted': 'Stored policy deleted',
  'policy-put': 'Stored policy changed',
  purge: 'Old rows deleted',
  revocation: 'Revocation ordered',
  'revocation-proved': 'Revocation proved',
  'revocation-refused': 'Revocation refused by Azure',
  unblock: 'Block lifted',
};

/** Returns the type of an event in words. */
export function eventTitle({ type }: Pick<BrokerEvent, 'type'>): string {
  if (type.startsWith('rotation-')) return `Rotation: ${type.slice('rotation-'.length)}`;
  return TITLES[type] ?? type;
}

/** Returns how much attention an event asks for. */
export function eventTone({ type }: Pick<BrokerEvent, 'type'>): Tone {
  if (/^(?:revocation|revocation-refused|not-issued-here)$/.test(type)) return 'danger';
  return /^(?:denial|drift|block|rotation-paused)$/.test(type) ? 'warning' : 'info';
}

/** Returns who did it: the name where there is one. Parts of the broker have no slash in theirs. */
export function actorText({ actor, actorName }: Pick<BrokerEvent, 'actor' | 'actorName'>): string {
  return actorName ?? actor;
}
