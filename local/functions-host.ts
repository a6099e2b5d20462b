import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { exitWithError } from './exit-with-error.ts';
import { type FunctionsApp, installCoreModule } from './host/core-module.ts';
import { answerCors } from './host/cors.ts';
import { buildHttpRoutes, type HttpRoute, serveHttp } from './host/http-trigger.ts';
import { type HostedFunction, loadFunctions } from './host/invoke.ts';
import { findRejection, parserLimitBytes } from './host/request-limits.ts';
import { startTimers, type Timers } from './host/timer-trigger.ts';
/*
 * Runs an Azure Functions app without Core Tools: node --import tsx local/functions-host.ts --port 7071 --app <folder>
 * Reads settings from this process's environment. HOST_CORS corresponds to Host.CORS in local.settings.json. HOST_FRONT_END=true
 * adds X-Forwarded-For, as Azure does.
 */

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}

async function loadApp(folder: string): Promise<FunctionsApp> {
  const { main } = readJson(join(folder, 'package.json'));
  if (typeof main !== 'string' || main.includes('*'))
    throw new Error(`The package.json in ${folder} must name one file as "main".`);
  const app = installCoreModule();
  await import(pathToFileURL(join(folder, main)).href).catch((error: unknown) => {
    throw new Error(
      `The app failed to load: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
    );
  });
  const capabilities = await app.model?.getCapabilities({});
  if (capabilities?.['HttpUri'])
    throw new Error('The app uses HTTP streaming, which this host does not support.');
  return app;
}

function readRoutePrefix(folder: string): string {
  const hostJson = readJson(join(folder, 'host.json')) as {
    extensions?: { http?: { routePrefix?: string } };
  };
  return hostJson.extensions?.http?.routePrefix ?? 'api';
}

interface Host {
  app: FunctionsApp;
  functions: HostedFunction[];
  routes: HttpRoute[];
  timers: Timers;
  /** Origins that CORS allows. */
  origins: string[];
}

async function loadHost(folder: string): Promise<Host> {
  const app = await loadApp(folder);
  const functions = loadFunctions(app);
  const routes = buildHttpRoutes(functions, readRoutePrefix(folder));
  await app.runHooks('appStart', { hookData: {} });
  const origins = (process.env['HOST_CORS'] ?? '').split(',').filter(Boolean);
  return { app, functions, routes, timers: startTimers(functions, process.env), origins };
}

async function handleRequest(host: Host, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const rejection = findRejection(request);
  if (rejection !== undefined) {
    response.writeHead(rejection, { 'content-length': 0, connection: 'close' }).end();
    return;
  }
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (process.env['HOST_FRONT_END'] === 'true') addSender(request);
  const [, functionName] = /^\/admin\/functions\/([^/]+)$/i.exec(path) ?? [];
  if (answerCors(host.origins, request, response)) return;
  if (functionName !== undefined && request.method === 'POST') {
    request.resume();
    await runTimer(host, decodeURIComponent(functionName).toLowerCase(), response);
  } else if (path === '/' && request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/plain' }).end('The laptop Functions host is running.\n');
  } else await serveHttp(host.routes, request, response);
}

/** Does what Azure's front end does, which is not a part of the host: adds whom the request came from to its headers. */
function addSender({ rawHeaders, socket }: IncomingMessage): void {
  rawHeaders.push('X-Forwarded-For', `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`);
}

/** Runs a timer outside its schedule. Replies before the function ends, as the real host does. */
async function runTimer({ functions, timers }: Host, name: string, response: ServerResponse): Promise<void> {
  const hosted = functions.find((candidate) => candidate.name.toLowerCase() === name);
  const isTimer = hosted?.trigger.type === 'timerTrigger';
  response.writeHead(isTimer ? 202 : hosted ? 400 : 404, { 'content-length': 0 }).end();
  if (isTimer) await hosted.invoke(timers.buildTriggerData(hosted.name)).catch(() => undefined);
}

/** Serves until asked to stop, then gives requests in flight two seconds to finish. */
function serve(host: Host, port: number): void {
  const running = new Set<Promise<void>>();
  const server = createServer({ maxHeaderSize: parserLimitBytes }, (request, response) => {
    const run = handleRequest(host, request, response).catch((error: unknown) => {
      console.error(`host: ${request.method ?? ''} ${request.url ?? ''}:`, error);
      if (!response.headersSent) response.writeHead(400, { 'content-length': 0 }).end();
    });
    running.add(run);
    void run.finally(() => running.delete(run));
  });
  // Longer than clients keep idle connections, so that the client closes one first.
  server.keepAliveTimeout = 130_000;
  server.once('error', exitWithError);
  // The backlog leaves room for a burst of new connections.
  server.listen({ port, host: '127.0.0.1', backlog: 4096 }, () =>
    announce(host, server.address() as AddressInfo),
  );
  stop = once(async () => {
    host.timers.stop();
    server.close();
    server.closeIdleConnections();
    const timeout = new Promise((done) => setTimeout(done, 2000));
    await Promise.race([Promise.all(running), timeout]);
    await host.app.runHooks('appTerminate', { hookData: {} });
    process.exit(0);
  });
}

function once(act: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => (result ??= act());
}

function announce({ routes }: Host, { port }: AddressInfo): void {
  for (const route of routes)
    console.log(`  ${route.function.name}: [${route.methods.join(',')}] /${route.path}`);
  console.log(`Functions host listening on http://127.0.0.1:${port}`);
  process.send?.({ listening: port });
}

/** Until the host serves, there is nothing to finish before it exits. */
let stop = (): Promise<void> => process.exit(0);
// The process that reads this one's output may be killed first. Write errors must not prevent an orderly stop.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(signal, () => void stop());

const { values } = parseArgs({ options: { port: { type: 'string' }, app: { type: 'string' } } });
loadHost(resolve(values.app ?? '.')).then((host) => serve(host, Number(values.port ?? 7071)), exitWithError);
