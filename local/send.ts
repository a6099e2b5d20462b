import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text as readText } from 'node:stream/consumers';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/**
 * One HTTP request that trusts `ca` (PEM): this process started before the certificate was made, so the global
 * `fetch` can't trust it. Rejects when nothing answers within `timeout` milliseconds (default 10,000).
 */
export async function send(
  url: string,
  options: {
    ca?: string;
    method?: string;
    headers?: Record<string, string>;
    body?: string | Uint8Array;
    timeout?: number;
  } = {},
): Promise<Reply> {
  const { ca, method = 'GET', headers = {}, body, timeout = 10_000 } = options;
  const requestOptions = {
    method,
    headers,
    agent: false,
    signal: AbortSignal.timeout(timeout),
    ...(ca && { ca }),
  };
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:')
      ? httpsRequest(url, requestOptions)
      : httpRequest(url, requestOptions);
    request.once('error', reject);
    request.once('response', (response) => {
      readText(response).then((text) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      }, reject);
    });
    request.end(body);
  });
}
