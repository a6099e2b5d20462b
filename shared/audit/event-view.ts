import { z } from 'zod';
import { formatInstant } from '../iso-time.ts';
import type { RecordedEvent } from './event-log.ts';

/** An event in a reply. */
const eventSchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  type: z.string(),
  account: z.string().nullable(),
  actor: z.string(),
  detail: z.string(),
});

/** The reply of `GET /events`. */
export const eventListSchema = z.object({ items: z.array(eventSchema), nextCursor: z.string().nullable() });

/** Returns an event as the API shows it. */
export function eventView(event: RecordedEvent): z.infer<typeof eventSchema> {
  return {
    id: event.id,
    at: formatInstant(event.at),
    type: event.type,
    account: event.account,
    actor: event.actor,
    detail: event.detail,
  };
}
