import { app } from '@azure/functions';
import { compose } from '../shared/compose.ts';
import { endpoint } from './endpoint.ts';
import { rotateKeys } from './rotate-keys.ts';
import { routes } from './routes.ts';

/** Every five minutes, where ROTATION_SCHEDULE says nothing. */
const DEFAULT_ROTATION_SCHEDULE = '0 */5 * * * *';

const start = compose(process.env, (line) => process.stdout.write(`${line}\n`));

for (const route of routes)
  app.http(route.name, {
    methods: [route.method],
    route: route.route,
    authLevel: 'anonymous',
    handler: endpoint(route, start),
  });

app.timer('rotateKeys', {
  schedule: process.env['ROTATION_SCHEDULE'] ?? DEFAULT_ROTATION_SCHEDULE,
  handler: rotateKeys(start),
});
