import { app } from '@azure/functions';
import { compose } from '../shared/compose/compose.ts';
import { DEFAULT_PURGE_SCHEDULE, DEFAULT_ROTATION_SCHEDULE } from '../shared/config/settings.ts';
import { consoleFiles } from './console.ts';
import { endpoint } from './endpoint.ts';
import { purgeAuditTimer } from './purge-audit.ts';
import { rotateKeysTimer } from './rotate-keys.ts';
import { methodsOf } from './route.ts';
import { routes } from './routes.ts';

const composition = compose(process.env, (line, level) => {
  // The host logs a line on standard error as a warning or an error only if its text says so, which the line's "level" does.
  (level === 'info' ? process.stdout : process.stderr).write(`${line}\n`);
});

for (const route of routes)
  app.http(route.name, {
    methods: methodsOf(route),
    route: route.route,
    authLevel: 'anonymous',
    handler: endpoint(route, composition),
  });

// Not in the route table: it takes no bearer token, and its replies are files.
app.http('console', {
  methods: ['GET', 'HEAD'],
  route: 'console/{asset?}',
  authLevel: 'anonymous',
  handler: consoleFiles(composition, new URL('../console/', import.meta.url)),
});

app.timer('rotateKeys', {
  schedule: composition.ok ? composition.value.settings.rotationSchedule : DEFAULT_ROTATION_SCHEDULE,
  handler: rotateKeysTimer(composition),
});

app.timer('purgeAudit', {
  schedule: composition.ok ? composition.value.settings.purgeSchedule : DEFAULT_PURGE_SCHEDULE,
  handler: purgeAuditTimer(composition),
});

// Denials past the limit are counted in memory. Write the counts before the platform ends the process.
app.hook.appTerminate(async () => {
  if (composition.ok) await composition.value.close();
});
