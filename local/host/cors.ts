import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Adds the CORS headers that Core Tools adds for `Host.CORS` (comma-separated origins, or "*"). Returns true if the request
 * was a preflight, which it has then answered. If `origins` is empty, a preflight is like any other OPTIONS request: 404,
 * unless a function has that method.
 */
export function answerCors(
  origins: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { origin } = request.headers;
  const method = request.headers['access-control-request-method'];
  if (origins.length === 0 || origin === undefined) return false;
  const allowsAny = origins.includes('*');
  const isAllowed = allowsAny || origins.includes(origin);
  if (!allowsAny) response.setHeader('vary', 'Origin');
  if (isAllowed) response.setHeader('access-control-allow-origin', allowsAny ? '*' : origin);
  if (request.method !== 'OPTIONS' || method === undefined) return false;
  const requestedHeaders = request.headers['access-control-request-headers'];
  if (isAllowed) response.setHeader('access-control-allow-methods', method);
  if (isAllowed && requestedHeaders) response.setHeader('access-control-allow-headers', requestedHeaders);
  response.writeHead(204).end();
  return true;
}
