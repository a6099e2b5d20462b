import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RpcHttp } from './core-module.ts';
import { sendReply } from './http-reply.ts';
import type { HostedFunction } from './invoke.ts';
import { compileRoute, type RouteMatcher, type RouteParams } from './route-template.ts';

export interface HttpRoute {
  function: HostedFunction;
  /** In upper case. */
  methods: string[];
  /** Includes the prefix, without a leading slash. */
  path: string;
  match: RouteMatcher;
}

/** The real host's limit. */
const maxBodyBytes = 100 * 1024 * 1024;

/** Builds the app's HTTP routes in the order the real host tries them: by function name, however literal a route is. */
export function buildHttpRoutes(functions: HostedFunction[], prefix: string): HttpRoute[] {
  return functions
    .filter(({ trigger }) => trigger.type === 'httpTrigger')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((hosted) => {
      const route = (hosted.trigger['route'] as string | undefined) ?? hosted.name;
      const path = [prefix, route]
        .flatMap((part) => part.split('/'))
        .filter(Boolean)
        .join('/');
      const methods = (hosted.trigger['methods'] as string[]).map((method) => method.toUpperCase());
      return { function: hosted, methods, path, match: compileRoute(path) };
    });
}

/** Replies to a request: 404 if no function has its path and method, an empty 500 if the handler throws. */
export async function serveHttp(
  routes: HttpRoute[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(`http://${request.headers.host ?? '127.0.0.1'}${request.url ?? '/'}`);
  const segments = url.pathname.replace(/^\/|\/$/g, '').split('/');
  for (const route of routes) {
    const params = route.methods.includes(request.method ?? '') ? route.match(segments) : undefined;
    if (!params) continue;
    const body = await readBody(request);
    if (body === undefined) {
      sendStatus(response, 413);
      return;
    }
    const headers = readHeaders(request);
    const http = toRpcHttp(request, url, headers, params, body);
    try {
      sendReply(response, await route.function.invoke({ http }, headers.get('traceparent')));
    } catch {
      sendStatus(response, 500);
    }
    return;
  }
  request.resume();
  sendStatus(response, 404);
}

function sendStatus(response: ServerResponse, status: number): void {
  // The rest of a body that is too large is not read, so the connection cannot be reused.
  response.writeHead(status, { 'content-length': 0, ...(status === 413 && { connection: 'close' }) }).end();
}

/**
 * Returns undefined if the body is larger than `maxBodyBytes`. The real host passes a body without a Content-Length to the
 * worker as if it were empty, while the function still sees the Transfer-Encoding header. So this host drops the body too.
 */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (request.headers['transfer-encoding'] !== undefined) {
    request.resume();
    return Buffer.alloc(0);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  if (Number(request.headers['content-length']) > maxBodyBytes) return undefined;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Returns the headers by lower-case name. Joins repeated ones with commas. */
function readHeaders({ rawHeaders }: IncomingMessage): Map<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    addValue(headers, rawHeaders[at]?.toLowerCase() ?? '', rawHeaders[at + 1] ?? '');
  }
  return headers;
}

function addValue(values: Map<string, string>, name: string, value: string): void {
  const existing = values.get(name);
  values.set(name, existing === undefined ? value : `${existing},${value}`);
}

/**
 * Builds the request as the real host sends it to a worker that accepts raw bodies and empty values. Joins repeated
 * query values with commas.
 */
function toRpcHttp(
  request: IncomingMessage,
  url: URL,
  headers: Map<string, string>,
  params: RouteParams,
  body: Buffer,
): RpcHttp {
  const query = new Map<string, string>();
  for (const [name, value] of url.searchParams) addValue(query, name, value);
  const toNullable = (values: Iterable<[string, string]>): Record<string, { value: string }> =>
    Object.fromEntries([...values].map(([name, value]) => [name, { value }]));
  return {
    method: request.method ?? 'GET',
    url: url.href,
    nullableHeaders: toNullable(headers),
    nullableQuery: toNullable(query),
    nullableParams: toNullable(Object.entries(params)),
    ...(body.length > 0 && { body: { bytes: body } }),
  };
}
