import { addressOf } from './addresses.ts';
import { getReadiness, healthSchema, readinessSchema } from './health.ts';
import { route, type Route } from './route.ts';
import { UP } from './up.ts';

/** The routes that say whether the broker is up and can issue tokens. */
export const healthRoutes: readonly Route[] = [
  route(
    {
      ...addressOf('getHealth'),
      summary: 'Check whether the broker is up',
      reply: { status: 200, schema: healthSchema },
    },
    () => Promise.resolve(UP),
  ),
  route(
    {
      ...addressOf('getReadiness'),
      summary: 'Check whether the broker can issue tokens',
      reply: { status: 200, schema: readinessSchema },
    },
    getReadiness,
  ),
];
