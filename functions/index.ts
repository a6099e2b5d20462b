import { app } from '@azure/functions';
import { compose } from '../shared/compose/compose.ts';
import { DEFAULT_ROTATION_SCHEDULE } from '../shared/config/settings.ts';
import { endpoint } from './endpoint.ts';
import { rotateKeysTimer } from './rotate-keys.ts';
import { routes } from './routes.ts';

const start = compose(process.env, (line, serious) => {
  // The host logs standard error as errors.
  (serious ? process.stderr : process.stdout).write(`${line}\n`);
});

for (const route of routes)
  app.http(route.name, {
    methods: [route.method],
    route: route.route,
    authLevel: 'anonymous',
    handler: endpoint(route, start),
  });

app.timer('rotateKeys', {
  schedule: start.ok ? start.broker.settings.rotationSchedule : DEFAULT_ROTATION_SCHEDULE,
  handler: rotateKeysTimer(start),
});

// Denials past the limit are counted in memory; what is counted when the platform ends the process is still written.
app.hook.appTerminate(async () => {
  if (start.ok) await start.broker.close();
});
