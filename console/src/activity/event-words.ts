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

/** Returns an event's detail for people: hashes are cut, and a denial no longer addresses the caller. */
export function eventDetail({ type, detail }: Pick<BrokerEvent, 'type' | 'detail'>): string {
  const short = detail.replace(/\b([0-9a-f]{12})[0-9a-f]{20,}\b/g, '$1…');
  return type === 'denial'
    ? short.replace(/\b(?:resource: (?=none ))?(none of |)your grants\b/g, '$1the caller’s grants')
    : short;
}

/** What a denial's detail ends with, if the request was for a resource. */
const ASKED = / \((\S+) permissions on ([^)]+)\)$/;

/** Returns an event in two lines: what happened, and what else is to know. */
export function eventLines(event: BrokerEvent): { readonly headline: string; readonly about: string } {
  const { type, account } = event;
  const detail = eventDetail(event);
  const actor = actorText(event);
  if (type.startsWith('rotation-')) return { headline: `${account ?? 'rotation'}: ${detail}`, about: actor };
  if (type === 'denial') {
    const [, letters = '', resource] = ASKED.exec(detail) ?? [];
    const place = resource?.split('/').slice(0, 3).join('/');
    const asked = place === undefined ? '' : ` ${letters} on ${place}`;
    return { headline: `${actor} was refused${asked}`, about: detail.replace(ASKED, '') };
  }
  const headline = account === null ? eventTitle(event) : `${eventTitle(event)} · ${account}`;
  return { headline, about: `${detail} · ${actor}` };
}

/** Returns who did it: the name where there is one. Parts of the broker have no slash in theirs. */
export function actorText({ actor, actorName }: Pick<BrokerEvent, 'actor' | 'actorName'>): string {
  return actorName ?? actor;
}
