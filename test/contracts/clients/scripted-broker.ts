import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** What the broker does with one call. `cut` ends the connection in the middle of a reply; `late` never replies. */
export type Act = Reply | 'reset' | 'cut' | 'late';

export interface Call {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Record<string, unknown>;
  readonly at: number;
}

/** The lifetime of the tokens that are issued, in seconds. */
export interface Life {
  expiresIn: number;
  refreshIn: number;
}

/** A broker that performs the queued acts, then issues tokens: `id-1`, `id-2` … Its clock differs from everyone's. */
export class ScriptedBroker {
  readonly acts: Act[] = [];
  readonly calls: Call[] = [];
  readonly life: Life = { expiresIn: 100, refreshIn: 80 };
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #issued = 0;

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://${this.host}/api`;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Returns the calls of a path. */
  of(path: string): Call[] {
    return this.calls.filter((call) => call.path === `/api${path}`);
  }

  token(number: number): Record<string, unknown> {
    const { expiresIn, refreshIn } = this.life;
    const issuedAt = Math.floor(Date.now() / 1000) * 1000 - 86_400_000;
    const at = (seconds: number) => new Date(issuedAt + seconds * 1000).toISOString().replace('.000', '');
    const token = `sv=2025-11-05&sig=signature-${number}`;
    return {
      id: `id-${number}`,
      token,
      url: `https://media.example/uploads/1?${token}`,
      issuedAt: at(0),
      expiresIn,
      expiresAt: at(expiresIn),
      refreshAfter: at(refreshIn),
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const body = JSON.parse(await text(request)) as Record<string, unknown>;
    this.calls.push({ path, authorization: request.headers.authorization, body, at: performance.now() });
    const act = this.acts.shift() ?? this.#usual(path, body);
    if (act === 'late') return;
    if (act === 'reset') request.socket.resetAndDestroy();
    else if (act === 'cut') {
      response.writeHead(201, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"id":', () => request.socket.destroy());
    } else {
      const { status, headers = {}, body: content = {} } = act;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof content === 'string' ? content : JSON.stringify(content));
    }
  }

  #usual(path: string, body: Record<string, unknown>): Reply {
    const issue = () => this.token(++this.#issued);
    if (path === '/api/tokens') return { status: 201, body: issue() };
    if (path !== '/api/tokens/batch') return { status: 200, body: { path } };
    const requests = body['requests'] as unknown[];
    return { status: 200, body: { results: requests.map(() => ({ status: 201, token: issue() })) } };
  }
}

/** A reply with a problem document. */
export const problem = (status: number, code: string, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: {
    code,
    detail: 'Not now.',
    requestId: 'request-1',
    errors: [{ path: 'ttl', message: 'is too long' }],
  },
});
