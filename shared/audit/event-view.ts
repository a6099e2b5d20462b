import * as z from 'zod/mini';
import { KEY_NAMES } from '../azure/services.ts';
import { formatInstant } from '../iso-time.ts';
import type { RecordedEvent } from './event-log.ts';
import { described } from '../input/described.ts';

/** An event in a reply. */
const eventSchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  type: z.string(),
  account: z.nullable(z.string()),
  actor: described(z.string(), '`issuer/subject` of a caller, or a part of the broker'),
  actorName: described(z.nullable(z.string()), 'The caller’s name, for people to read'),
  phase: described(
    z.nullable(z.string()),
    'The phase of the account’s rotation right after the event, if the event is about rotation',
  ),
  activeKey: described(z.nullable(z.enum(KEY_NAMES)), 'The key that signed right after the event, likewise'),
  detail: z.string(),
});

/** The reply of `GET /events`. */
export const eventListSchema = z.object({ items: z.array(eventSchema), nextCursor: z.nullable(z.string()) });

/** Returns an event as the API shows it. */
export function eventView(event: RecordedEvent): z.infer<typeof eventSchema> {
  return {
    id: event.id,
    at: formatInstant(event.at),
    type: event.type,
    account: event.account,
    actor: event.actor,
    actorName: event.actorName,
    phase: event.phase,
    activeKey: event.activeKey,
    detail: event.detail,
  };
}
