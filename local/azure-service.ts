import type { IncomingMessage } from 'node:http';
import type { Certificate } from './certificate.ts';
import { listen, type Listening, sendJson } from './listen.ts';

export interface AzureReply {
  /** Default 200. */
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** An error in the format of Azure's services: `{ error: { code, message, innererror? } }`. */
export class AzureError extends Error {
  readonly reply: AzureReply;
  constructor(status: number, code: string, message: string, innerCode?: string) {
    super(message);
    const error = { code, message, ...(innerCode && { innererror: { code: innerCode } }) };
    this.reply = { status, body: { error } };
  }
}

/** A request that has been parsed but not carried out yet. */
export interface Operation {
  operation: string;
  /** The account or secret. */
  name: string;
  /** Carries out the request. May throw an AzureError. */
  perform: () => Promise<AzureReply> | AzureReply;
}

/**
 * Lets a test decide what becomes of an operation of `service`. Returning 'close-connection' closes the connection
 * without a reply.
 */
export type Intercept = (service: string, operation: Operation) => Promise<AzureReply | 'close-connection'>;

export interface ServiceOptions {
  name: string;
  port: number;
  certificate: Certificate;
  /** The WWW-Authenticate header of a 401. */
  challenge: string;
  /** Parses a request that has a bearer token. May throw an AzureError. */
  parseRequest: (request: IncomingMessage, url: URL, token: string) => Promise<Operation> | Operation;
  intercept?: Intercept | undefined;
}

/** Serves one of Azure's JSON protocols over HTTPS. Replies 401 to a request without a bearer token. */
export async function serveAzure(options: ServiceOptions): Promise<Listening> {
  const { name, port, certificate, challenge, parseRequest, intercept } = options;
  const server = await listen(
    async (request, response) => {
      const handle = async (): Promise<AzureReply | 'close-connection'> => {
        const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
        if (!token) throw new AzureError(401, 'Unauthorized', 'The request bears no token.');
        const operation = await parseRequest(request, new URL(request.url ?? '', server.url), token);
        return intercept ? intercept(name, operation) : operation.perform();
      };
      const reply = await handle().catch((error: unknown) => {
        if (error instanceof AzureError) return error.reply;
        throw error;
      });
      if (reply === 'close-connection') return void request.socket.destroy();
      const { status = 200, body, headers = {} } = reply;
      sendJson(response, status, body, status === 401 ? { 'www-authenticate': challenge } : headers);
    },
    port,
    certificate,
  );
  return server;
}
