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
  await import(pathToFileURL(join(folder, main)).href);
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
  functions: HostedFunction[];
  routes: HttpRoute[];
  origins: string[];
  timerData: (name: string) => object;
}

async function answer(hosting: Hosting, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { functions, routes, origins, timerData } = hosting;
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const [, name] = /^\/admin\/functions\/([^/]+)$/i.exec(path) ?? [];
  if (answerCors(origins, request, response)) return;
  if (name !== undefined && request.method === 'POST') {
    const wanted = functions.find(
      (hosted) => hosted.name.toLowerCase() === decodeURIComponent(name).toLowerCase(),
    );
    const isTimer = wanted?.trigger.type === 'timerTrigger';
    request.resume();
    response.writeHead(wanted ? (isTimer ? 202 : 400) : 404, { 'content-length': 0 }).end();
    if (isTimer) await wanted.invoke(timerData(wanted.name)).catch(() => undefined);
  } else if (path === '/' && request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('The laptop Functions host is running.\n');
  } else await serveHttp(routes, request, response);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: 'string' }, app: { type: 'string' } } });
  const folder = resolve(values.app ?? '.');
  const app = await loadApp(folder);
  const functions = hostedFunctions(app);
  const routes = httpRoutes(functions, routePrefix(folder));
  await app.runHooks('appStart', { hookData: {} });
  const timers = startTimers(functions, process.env);
  const origins = (process.env['HOST_CORS'] ?? '').split(',').filter(Boolean);
  const hosting = { functions, routes, origins, timerData: (name: string) => timers.dataFor(name) };
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
  server.listen({ port: Number(values.port ?? 7071), host: '127.0.0.1', backlog: 4096 }, () => {
    const { port } = server.address() as AddressInfo;
    for (const {
      function: { name },
      methods,
      path,
    } of routes)
      console.log(`  ${name}: [${methods.join(',')}] /${path}`);
    console.log(`Functions host listening on http://127.0.0.1:${port}`);
    process.send?.({ listening: port });
  });
  let stopping = false;
  stop = async () => {
    if (stopping) return;
    stopping = true;
    timers.stop();
    server.close();
    server.closeIdleConnections();
    const patience = new Promise((done) => setTimeout(done, 2000));
    await Promise.race([Promise.all(running), patience]);
    await app.runHooks('appTerminate', { hookData: {} });
    process.exit(0);
  };
}

/** Until the app is up there is nothing to finish. */
let stop = (): Promise<void> => process.exit(0);
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(signal, () => void stop());

function fail(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

main().catch(fail);
