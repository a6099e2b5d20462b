import { SasBroker, type SasBrokerOptions } from '../../../../clients/js/index.ts';
import type { Runtime } from '../../../../clients/js/runtime.ts';

/** A clock that only `advance` moves. Sleepers wake in the order of their times. */
class VirtualRuntime implements Runtime {
  #now = 50_000;
  #sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  /** The lengths of all sleeps so far that were not a try's timeout. */
  readonly slept: number[] = [];
  chance = 0;

  readonly now = () => this.#now;
  readonly random = () => this.chance;

  readonly sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (milliseconds !== TIMEOUT_MS) this.slept.push(milliseconds);
      const sleeper = { at: this.#now + milliseconds, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        reject(signal.reason as Error);
      });
    });

  /** Moves the clock, waking sleepers on the way. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await settle();
      const [next] = this.#sleepers.filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers = this.#sleepers.filter((one) => one !== next);
      next.wake();
    }
    this.#now = end;
  }
}

const TIMEOUT_MS = 9_999;

/** Lets everything that waits for nothing but promises, and the streams of replies, go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** What the virtual broker does with one call. */
export type Act = Reply | 'reset' | 'silence';
export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export interface Call {
  readonly path: string;
  readonly bearer: string | null;
  readonly body: Record<string, unknown>;
  readonly init: RequestInit;
}

/** A broker that is only a function: it performs the queued acts, then issues tokens of `life` seconds. */
export class VirtualBroker {
  readonly runtime = new VirtualRuntime();
  readonly acts: Act[] = [];
  readonly calls: Call[] = [];
  life = 100;
  /** What the broker's own clock shows when the virtual one shows 0. Nothing may depend on it. */
  epoch = Date.UTC(2000, 0, 1);
  #issued = 0;

  client(options: Partial<SasBrokerOptions> = {}): SasBroker {
    const { fetch } = this;
    const defaults = {
      endpoint: 'https://broker.example/api',
      getBearer: () => 'bearer-1',
      fetch,
      timeoutMs: TIMEOUT_MS,
    };
    return new SasBroker({ ...defaults, ...options }, this.runtime);
  }

  /** Returns how many calls were for a path. */
  count(path = '/api/tokens'): number {
    return this.calls.filter((call) => call.path === path).length;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init = {}) => {
    if (typeof input !== 'string') throw new TypeError('the client sends a string');
    const { pathname } = new URL(input);
    const body = JSON.parse(init.body as string) as Record<string, unknown>;
    const bearer = new Headers(init.headers).get('authorization');
    this.calls.push({ path: pathname, bearer, body, init });
    const act = this.acts.shift() ?? this.#usual(pathname, body);
    await Promise.resolve();
    if (act === 'reset') throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
    if (act === 'silence') return new Promise(() => undefined);
    const { status, headers = {}, body: content = {} } = act;
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    return new Response(text, { status, headers });
  };

  /** Returns an issued token with a number. */
  token(number: number, expiresIn = this.life): Record<string, unknown> {
    const now = this.epoch + this.runtime.now();
    const at = (seconds: number) => new Date(now + seconds * 1000).toISOString();
    const token = `sv=2025-11-05&sig=${number}`;
    return {
      id: `id-${number}`,
      token,
      url: `https://media.example/uploads/1?${token}`,
      issuedAt: at(0),
      expiresIn,
      expiresAt: at(expiresIn),
      refreshAfter: at(expiresIn * 0.8),
    };
  }

  #usual(path: string, body: Record<string, unknown>): Reply {
    if (path === '/api/tokens') return { status: 201, body: this.token(++this.#issued) };
    if (path !== '/api/tokens/batch') return { status: 200, body: { path } };
    const results = (body['requests'] as unknown[]).map(() => ({
      status: 201,
      token: this.token(++this.#issued),
    }));
    return { status: 200, body: { results } };
  }
}

export const problem = (status: number, code: string, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: { code, detail: 'Not now.', requestId: 'request-1' },
});
