import { eventCursor, readEventQuery } from '../shared/audit/event-query-parameters.ts';
import { eventView } from '../shared/audit/event-view.ts';
import type { Broker } from '../shared/compose/compose.ts';
import type { Call, Reply } from './route.ts';

/** `GET /events` */
export async function getEvents(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const asked = readEventQuery(call.query, call.now);
  const { events, next } = await broker.events.events(asked.query, call.deadline);
  return { status: 200, body: { items: events.map(eventView), nextCursor: eventCursor(asked, next) } };
}
