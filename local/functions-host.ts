import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { supplyCoreModule } from './host/core-module.ts';
import type { FunctionsApp } from './host/core-module.ts';
import { answerCors } from './host/cors.ts';
import { httpRoutes, serveHttp } from './host/http-trigger.ts';
import type { HttpRoute } from './host/http-trigger.ts';
import { hostedFunctions } from './host/invoke.ts';
import type { HostedFunction } from './host/invoke.ts';
import { startTimers } from './host/timer-trigger.ts';
import type { Timers } from './host/timer-trigger.ts';

/*
 * Runs an Azure Functions app without Core Tools: node --import tsx local/functions-host.ts --port 7071 --app <folder>
 * Settings are this process's environment; HOST_CORS is what local.settings.json calls Host.CORS.
 */

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

async function loadApp(folder: string): Promise<FunctionsApp> {
  const { main } = readJson(join(folder, 'package.json'));
  if (typeof main !== 'string' || main.includes('*'))
    throw new Error(`package.json of ${folder} names no one "main"`);
  const app = supplyCoreModule();
  await import(pathToFileURL(join(folder, main)).href).catch((error: unknown) => {
    throw new Error(`The app fails to load: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
  });
  const capabilities = await app.model?.getCapabilities({});
  if (capabilities?.['HttpUri'])
    throw new Error('The app asks for HTTP streaming, which this host does not offer.');
  return app;
}

function routePrefix(folder: string): string {
  const host = readJson(join(folder, 'host.json')) as { extensions?: { http?: { routePrefix?: string } } };
  return host.extensions?.http?.routePrefix ?? 'api';
}

interface Hosting {
  app: FunctionsApp;
  functions: HostedFunction[];
  routes: HttpRoute[];
  timers: Timers;
  /** Allowed by CORS. */
  origins: string[];
}

async function load(folder: string): Promise<Hosting> {
  const app = await loadApp(folder);
  const functions = hostedFunctions(app);
  const routes = httpRoutes(functions, routePrefix(folder));
  await app.runHooks('appStart', { hookData: {} });
  const origins = (process.env['HOST_CORS'] ?? '').split(',').filter(Boolean);
  return { app, functions, routes, timers: startTimers(functions, process.env), origins };
}

async function answer(hosting: Hosting, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const [, admin] = /^\/admin\/functions\/([^/]+)$/i.exec(path) ?? [];
  if (answerCors(hosting.origins, request, response)) return;
  if (admin !== undefined && request.method === 'POST') {
    request.resume();
    await runNow(hosting, decodeURIComponent(admin).toLowerCase(), response);
  } else if (path === '/' && request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('The laptop Functions host is running.\n');
  } else await serveHttp(hosting.routes, request, response);
}

/** Answers before the function ends, as the real host does. */
async function runNow({ functions, timers }: Hosting, name: string, response: ServerResponse): Promise<void> {
  const wanted = functions.find((hosted) => hosted.name.toLowerCase() === name);
  const isTimer = wanted?.trigger.type === 'timerTrigger';
  response.writeHead(isTimer ? 202 : wanted ? 400 : 404, { 'content-length': 0 }).end();
  if (isTimer) await wanted.invoke(timers.dataFor(wanted.name)).catch(() => undefined);
}

/** Serves until told to stop; then what is in flight has two seconds to finish. */
function serve(hosting: Hosting, port: number): void {
  const running = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const run = answer(hosting, request, response).catch((error: unknown) => {
      console.error(`host: ${request.method ?? ''} ${request.url ?? ''}:`, error);
      if (!response.headersSent) response.writeHead(400, { 'content-length': 0 }).end();
    });
    running.add(run);
    void run.finally(() => running.delete(run));
  });
  // Longer than clients keep theirs, so that they close an idle connection first; and room for a burst of new ones.
  server.keepAliveTimeout = 130_000;
  server.once('error', fail);
  server.listen({ port, host: '127.0.0.1', backlog: 4096 }, () =>
    announce(hosting, server.address() as AddressInfo),
  );
  stop = once(async () => {
    hosting.timers.stop();
    server.close();
    server.closeIdleConnections();
    const patience = new Promise((done) => setTimeout(done, 2000));
    await Promise.race([Promise.all(running), patience]);
    await hosting.app.runHooks('appTerminate', { hookData: {} });
    process.exit(0);
  });
}

function once(act: () => Promise<void>): () => Promise<void> {
  let acting: Promise<void> | undefined;
  return () => (acting ??= act());
}

function announce({ routes }: Hosting, { port }: AddressInfo): void {
  for (const route of routes)
    console.log(`  ${route.function.name}: [${route.methods.join(',')}] /${route.path}`);
  console.log(`Functions host listening on http://127.0.0.1:${port}`);
  process.send?.({ listening: port });
}

/** Until the app is up there is nothing to finish. */
let stop = (): Promise<void> => process.exit(0);
// Who reads the log may be killed first; that must not keep this process from ending in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(signal, () => void stop());

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const { values } = parseArgs({ options: { port: { type: 'string' }, app: { type: 'string' } } });
load(resolve(values.app ?? '.')).then((hosting) => serve(hosting, Number(values.port ?? 7071)), fail);
