import type { ServerResponse } from 'node:http';
import type { RpcCookie, RpcValue } from './core-module.ts';

/** Sends what a function returned. If it returned nothing, replies 204 as the real host does. */
export function sendReply(response: ServerResponse, value: RpcValue | null | undefined): void {
  const http = value?.http;
  if (!http) {
    response.writeHead(204).end();
    return;
  }
  const body = http.body?.bytes ?? Buffer.from(http.body?.string ?? '');
  for (const [name, text] of Object.entries(http.headers ?? {})) response.setHeader(name, text);
  for (const cookie of http.cookies ?? []) response.appendHeader('set-cookie', formatCookie(cookie));
  const status = Number(http.statusCode ?? 200);
  if (status !== 204 && status !== 304) response.setHeader('content-length', body.length);
  response.writeHead(status).end(body);
}

function formatCookie(cookie: RpcCookie): string {
  const sameSite = { lax: 'Lax', strict: 'Strict', explicitNone: 'None', none: undefined }[cookie.sameSite];
  const expires = cookie.expires && new Date(cookie.expires.value.seconds * 1000).toUTCString();
  const parts = [
    `${encodeURIComponent(cookie.name)}=${encodeURIComponent(cookie.value)}`,
    expires && `expires=${expires}`,
    cookie.maxAge && `max-age=${cookie.maxAge.value}`,
    cookie.domain && `domain=${cookie.domain.value}`,
    cookie.path && `path=${cookie.path.value}`,
    cookie.secure?.value && 'secure',
    sameSite && `samesite=${sameSite}`,
    cookie.httpOnly?.value && 'httponly',
  ];
  return parts.filter(Boolean).join('; ');
}
