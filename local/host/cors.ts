import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Cross-origin answers as Core Tools gives them for `Host.CORS` (comma-separated origins, or "*"). Returns true when
 * the request was a preflight and has been answered. Without allowed origins nothing is added.
 */
export function answerCors(
  origins: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  const { origin } = request.headers;
  const method = request.headers['access-control-request-method'];
  if (origins.length === 0 || origin === undefined) return false;
  const any = origins.includes('*');
  const allowed = any || origins.includes(origin);
  if (!any) response.setHeader('vary', 'Origin');
  if (allowed) response.setHeader('access-control-allow-origin', any ? '*' : origin);
  if (request.method !== 'OPTIONS' || method === undefined) return false;
  const asked = request.headers['access-control-request-headers'];
  if (allowed) response.setHeader('access-control-allow-methods', method);
  if (allowed && asked) response.setHeader('access-control-allow-headers', asked);
  response.writeHead(204).end();
  return true;
}
