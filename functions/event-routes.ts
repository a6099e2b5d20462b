import { eventParametersSchema } from '../shared/audit/event-query-parameters.ts';
import { eventListSchema } from '../shared/audit/event-view.ts';
import { addressOf } from './addresses.ts';
import { getEvents } from './events.ts';
import { route, type Route } from './route.ts';

/** The route that lists events. */
export const eventRoutes: readonly Route[] = [
  route(
    {
      ...addressOf('getEvents'),
      summary: 'List events, newest first',
      query: eventParametersSchema,
      reply: { status: 200, schema: eventListSchema },
    },
    getEvents,
  ),
];
