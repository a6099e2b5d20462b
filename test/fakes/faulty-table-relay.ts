import { readFileSync } from 'node:fs';
import {
  createServer as createHttp,
  type IncomingMessage,
  request as requestHttp,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type Agent, createServer as createHttps, request as requestHttps } from 'node:https';

/** The complete reply of storage. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Creates a server, for HTTPS if there is a certificate. */
export function createServer(
  certificate: { readonly certFile: string; readonly keyFile: string } | undefined,
  handle: RequestListener,
): Server {
  if (certificate === undefined) return createHttp(handle);
  const cert = readFileSync(certificate.certFile);
  const key = readFileSync(certificate.keyFile);
  return createHttps({ cert, key }, handle);
}

/** Forwards a request unchanged. */
export async function send(url: URL, request: IncomingMessage, body: Buffer, agent: Agent): Promise<Answer> {
  const secure = url.protocol === 'https:';
  // The host stays the proxy's: a signature or the URLs in a transaction may contain it.
  const options = { method: request.method, headers: request.headers };
  return await new Promise((resolve, reject) => {
    const onReply = (reply: IncomingMessage): void => {
      bodyOf(reply).then(
        (text) => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: text }),
        reject,
      );
    };
    const sent = secure
      ? requestHttps(url, { ...options, agent }, onReply)
      : requestHttp(url, options, onReply);
    sent.on('error', reject);
    sent.end(body);
  });
}

export async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Replies as storage did. */
export function answer(response: ServerResponse, { status, headers, body }: Answer): void {
  const {
    'transfer-encoding': _chunked,
    connection: _connection,
    'keep-alive': _keepAlive,
    ...kept
  } = headers;
  response.writeHead(status, { ...kept, 'content-length': body.length }).end(body);
}

/** Replies with an error in the table service's format. */
export function answerError(response: ServerResponse, status: number, code: string): void {
  const body = JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: code } } });
  response.writeHead(status, { 'content-type': 'application/json', 'x-ms-error-code': code }).end(body);
}
