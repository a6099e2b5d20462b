import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Listening {
  /** Scheme, 127.0.0.1 and port, without a trailing slash. */
  url: string;
  stop(): Promise<void>;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/**
 * Serves `handler` on 127.0.0.1 only, over HTTPS if `tls` is given. Port 0 picks a free port. If the handler throws,
 * prints the error to stderr and replies 500. Rejects if the port is in use.
 */
export async function listen(
  handler: Handler,
  port: number,
  tls?: { cert: string; key: string },
): Promise<Listening> {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    void (async () => handler(request, response))().catch((error: unknown) => {
      console.error(`local: ${request.method ?? ''} ${request.url ?? ''}:`, error);
      if (!response.headersSent)
        sendJson(response, 500, { error: { code: 'InternalError', message: String(error) } });
    });
  };
  const server = tls ? createHttpsServer(tls, handle) : createHttpServer(handle);
  // Clients reuse idle connections. If the server closes one first, the client's next request fails.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Reads a JSON body. Returns `{}` if it is empty. Throws a SyntaxError if it is not JSON. */
export async function readJsonBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
