import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RpcHttp } from './core-module.ts';
import { replyWith } from './http-reply.ts';
import type { HostedFunction } from './invoke.ts';
import { compileRoute } from './route-template.ts';
import type { RouteMatcher, RouteParams } from './route-template.ts';

export interface HttpRoute {
  function: HostedFunction;
  /** Upper case. */
  methods: string[];
  /** With prefix, without a leading slash. */
  path: string;
  match: RouteMatcher;
}

/** Bytes: the real host's limit. */
const bodyLimit = 100 * 1024 * 1024;

/** The app's HTTP functions in the order that the host tries them: by function name, not by how literal a route is. */
export function httpRoutes(functions: HostedFunction[], prefix: string): HttpRoute[] {
  return functions
    .filter(({ trigger }) => trigger.type === 'httpTrigger')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((hosted) => {
      const own = (hosted.trigger['route'] as string | undefined) ?? hosted.name;
      const path = [prefix, own]
        .flatMap((part) => part.split('/'))
        .filter(Boolean)
        .join('/');
      const methods = (hosted.trigger['methods'] as string[]).map((method) => method.toUpperCase());
      return { function: hosted, methods, path, match: compileRoute(path) };
    });
}

/** Answers a request: 404 if no function has its path and method, an empty 500 if the handler throws. */
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
      refuse(response, 413);
      return;
    }
    const headers = headersOf(request);
    const http = toRpcHttp(request, url, headers, params, body);
    try {
      replyWith(response, await route.function.invoke({ http }, headers.get('traceparent')));
    } catch {
      refuse(response, 500);
    }
    return;
  }
  request.resume();
  refuse(response, 404);
}

function refuse(response: ServerResponse, status: number): void {
  // What is left of a body that is too large isn't read, so the connection is of no further use.
  response.writeHead(status, { 'content-length': 0, ...(status === 413 && { connection: 'close' }) }).end();
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (Number(request.headers['content-length']) > bodyLimit) return undefined;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** By lower-case name, as received; repeated ones joined. */
function headersOf({ rawHeaders }: IncomingMessage): Map<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    addValue(headers, rawHeaders[at]?.toLowerCase() ?? '', rawHeaders[at + 1] ?? '');
  }
  return headers;
}

function addValue(values: Map<string, string>, name: string, value: string): void {
  const former = values.get(name);
  values.set(name, former === undefined ? value : `${former},${value}`);
}

/** As the host sends it to a worker that takes raw bodies and empty values. Repeated query values are joined too. */
function toRpcHttp(
  request: IncomingMessage,
  url: URL,
  headers: Map<string, string>,
  params: RouteParams,
  body: Buffer,
): RpcHttp {
  const query = new Map<string, string>();
  for (const [name, value] of url.searchParams) addValue(query, name, value);
  const nullable = (values: Iterable<[string, string]>): Record<string, { value: string }> =>
    Object.fromEntries([...values].map(([name, value]) => [name, { value }]));
  return {
    method: request.method ?? 'GET',
    url: url.href,
    nullableHeaders: nullable(headers),
    nullableQuery: nullable(query),
    nullableParams: nullable(Object.entries(params)),
    ...(body.length > 0 && { body: { bytes: body } }),
  };
}
