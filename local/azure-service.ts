import type { IncomingMessage } from 'node:http';
import type { Certificate } from './certificate.ts';
import { listen, sendJson } from './listen.ts';
import type { Listening } from './listen.ts';

export interface Answer {
  /** 200 if not given. */
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** What Azure's services answer instead: `{ error: { code, message, innererror? } }`. */
export class AzureError extends Error {
  readonly answer: Answer;
  constructor(status: number, code: string, message: string, innerCode?: string) {
    super(message);
    const error = { code, message, ...(innerCode && { innererror: { code: innerCode } }) };
    this.answer = { status, body: { error } };
  }
}

/** One request, understood and not yet carried out. */
export interface Operation {
  operation: string;
  /** The account or secret. */
  name: string;
  /** May throw an AzureError. */
  act: () => Promise<Answer> | Answer;
}

/** Stands between a service and its clients, for tests. 'cut' closes the connection without an answer. */
export type Intercept = (service: string, operation: Operation) => Promise<Answer | 'cut'>;

export interface ServiceOptions {
  name: string;
  port: number;
  certificate: Certificate;
  /** The WWW-Authenticate header of a 401. */
  challenge: string;
  /** Reads a request that bears a token; may throw an AzureError. */
  understand: (request: IncomingMessage, url: URL, token: string) => Promise<Operation> | Operation;
  intercept?: Intercept | undefined;
}

/** Serves one of Azure's JSON protocols over HTTPS to whoever bears a token. */
export async function serveAzure(options: ServiceOptions): Promise<Listening> {
  const { name, port, certificate, challenge, understand, intercept } = options;
  const server = await listen(
    async (request, response) => {
      const carryOut = async (): Promise<Answer | 'cut'> => {
        const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
        if (!token) throw new AzureError(401, 'Unauthorized', 'The request bears no token.');
        const operation = await understand(request, new URL(request.url ?? '', server.url), token);
        return intercept ? intercept(name, operation) : operation.act();
      };
      const answer = await carryOut().catch((error: unknown) => {
        if (error instanceof AzureError) return error.answer;
        throw error;
      });
      if (answer === 'cut') return void request.socket.destroy();
      const { status = 200, body, headers = {} } = answer;
      sendJson(response, status, body, status === 401 ? { 'www-authenticate': challenge } : headers);
    },
    port,
    certificate,
  );
  return server;
}
