import { app, type HttpHandler } from '@azure/functions';
import { startBackgroundTimer } from '../shared/azure-calls/timeout.ts';
import type { Composition } from '../shared/compose/compose.ts';
import { loadOnce } from '../shared/load-once.ts';
import { scheduleOf } from '../shared/config/schedules.ts';
import { ADDRESSES, type Address, methodsOf, type RouteName } from './addresses.ts';
import { lazyEndpoint } from './lazy-endpoint.ts';
import { loadRoute } from './load-route.ts';
import { response } from './reply.ts';
import { UP } from './up.ts';

/*
 * Registers everything and loads little: a start is over before the SDKs are read. What a call needs is loaded with the first
 * call that needs it.
 */

/** How long the broker waits after the start before it loads what the first token needs, if no request has done so. */
const WARM_UP_DELAY_MS = 1000;

/** Null until the first call that needs the broker, or the warm-up. */
let composition: Composition | null = null;

const loadBroker = loadOnce(async () => {
  const { compose } = await import('../shared/compose/compose.ts');
  composition = compose(process.env, (line, level) => {
    // The host logs a line on standard error as a warning or an error only if its text says so, which the line's "level" does.
    (level === 'info' ? process.stdout : process.stderr).write(`${line}\n`);
  });
  return composition;
});

async function loadHandler(name: RouteName): Promise<HttpHandler> {
  const [{ endpoint }, route, broker] = await Promise.all([
    import('./endpoint.ts'),
    loadRoute(name),
    loadBroker(),
  ]);
  return endpoint(route, broker);
}

for (const [name, address] of Object.entries(ADDRESSES) as [RouteName, Address][])
  app.http(name, {
    methods: methodsOf(address),
    route: address.route,
    authLevel: 'anonymous',
    handler:
      name === 'getHealth'
        ? (_request, context) => response(UP, context)
        : lazyEndpoint(() => loadHandler(name)),
  });

const loadConsole = loadOnce(async () =>
  (await import('./console.ts')).consoleFiles(await loadBroker(), new URL('../console/', import.meta.url)),
);
// Not in the route table: it takes no bearer token, and its replies are files.
app.http('console', {
  methods: ['GET', 'HEAD'],
  route: 'console/{asset?}',
  authLevel: 'anonymous',
  handler: async (request, context) => (await loadConsole())(request, context),
});

const loadRotateKeys = loadOnce(async () =>
  (await import('./rotate-keys.ts')).rotateKeysTimer(await loadBroker()),
);
app.timer('rotateKeys', {
  schedule: scheduleOf(process.env, 'ROTATION_SCHEDULE'),
  handler: async (timer, context) => (await loadRotateKeys())(timer, context),
});

const loadPurgeAudit = loadOnce(async () =>
  (await import('./purge-audit.ts')).purgeAuditTimer(await loadBroker()),
);
app.timer('purgeAudit', {
  schedule: scheduleOf(process.env, 'PURGE_SCHEDULE'),
  handler: async (timer, context) => (await loadPurgeAudit())(timer, context),
});

// The faults of a configuration belong into the log, and the configuration in force into the audit trail, without a request.
const cancelWarmUp = startBackgroundTimer(WARM_UP_DELAY_MS, () => {
  // The next request loads it again, and reports why that fails.
  void Promise.all([loadBroker(), loadHandler('issueToken')]).catch(() => undefined);
});

// Denials past the limit are counted in memory. Write the counts before the platform ends the process.
app.hook.appTerminate(async () => {
  cancelWarmUp();
  if (composition?.ok === true) await composition.value.close();
});
