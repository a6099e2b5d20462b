import type { IncomingMessage } from 'node:http';

/** Kestrel's limits, the defaults of the real host's web server. */
const maxRequestLineBytes = 8 * 1024;
const maxHeaderBytes = 32 * 1024;

/** What Node's own parser must let through so that this host can apply Kestrel's limits. */
export const parserLimitBytes = 1024 * 1024;

/**
 * Returns the status with which the real host's web server rejects a request before it looks for a function: 414 if the
 * request line is too long, 431 if the headers are, 400 if the path contains an encoded NUL. Otherwise undefined.
 */
export function findRejection(request: IncomingMessage): 400 | 414 | 431 | undefined {
  const { method = '', url = '', httpVersion, rawHeaders } = request;
  if (`${method} ${url} HTTP/${httpVersion}\r\n`.length > maxRequestLineBytes) return 414;
  // Each name or value is followed by two more bytes: a colon and a space, or the line's end.
  const headerBytes = rawHeaders.reduce((total, text) => total + text.length + 2, 0);
  if (headerBytes > maxHeaderBytes) return 431;
  return url.split('?')[0]?.includes('%00') ? 400 : undefined;
}
