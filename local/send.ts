import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text as readText } from 'node:stream/consumers';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/**
 * Sends one HTTP request and trusts `ca` (PEM). The global `fetch` cannot do that, because this process started before
 * the certificate was made. Rejects if no reply comes within `timeoutMs`, by default 10,000.
 */
export async function send(
  url: string,
  options: {
    ca?: string;
    method?: string;
    headers?: Record<string, string>;
    body?: string | Uint8Array;
    timeoutMs?: number;
  } = {},
): Promise<Reply> {
  const { ca, method = 'GET', headers = {}, body, timeoutMs = 10_000 } = options;
  const requestOptions = {
    method,
    headers,
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
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
