import type { AuditRecord, Completion, Explanation, IssuedToken, TokenRequest } from './api.ts';
import { BoundedMap } from './bounded-map.ts';
import { BrokerCalls, type CallOptions, type GetBearer } from './broker-calls.ts';
import { BrokerProblem } from './broker-problem.ts';
import { readIssued } from './read-issued.ts';
import { isSignatureRefused } from './refused-signature.ts';
import { requestKey } from './request-key.ts';
import type { RetryOptions } from './retry-delay.ts';
import { type Runtime, systemRuntime } from './runtime.ts';
import { TokenBatch } from './token-batch.ts';
import { type GetOptions, type Issued, TokenCycler } from './token-cycler.ts';

export interface SasBrokerOptions {
  /** The address of the API, with `/api`. */
  readonly endpoint: string;
  readonly getBearer: GetBearer;
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** For how many different requests tokens are kept. Default 1,000. */
  readonly maxKept?: number;
  /** Default 5 attempts, the first included, and at most 20 seconds between two. */
  readonly retry?: Partial<RetryOptions>;
  /** For one try. Default 10 seconds. */
  readonly timeoutMs?: number;
}

export interface SignalOptions {
  readonly signal?: AbortSignal | undefined;
}

/** The tokens of one request. */
export interface TokenSource {
  /**
   * Returns a token that has not expired.
   * @throws BrokerProblem
   */
  get(options?: GetOptions): Promise<IssuedToken>;
}

/**
 * A client of the broker that keeps tokens in memory, one per request, and replaces them before they expire. Use one for each
 * signed-in caller, because it keeps tokens by the request alone.
 */
export class SasBroker {
  readonly #calls: BrokerCalls;
  readonly #cyclers: BoundedMap<string, TokenCycler>;
  readonly #runtime: Runtime;

  /** @param runtime replaced by tests */
  constructor(options: SasBrokerOptions, runtime: Runtime = systemRuntime) {
    const call: CallOptions = {
      endpoint: options.endpoint,
      getBearer: options.getBearer,
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      retry: { attempts: 5, maxDelayMs: 20_000, ...options.retry },
      timeoutMs: options.timeoutMs ?? 10_000,
    };
    this.#calls = new BrokerCalls(call, runtime);
    this.#cyclers = new BoundedMap(options.maxKept ?? 1000);
    this.#runtime = runtime;
  }

  /**
   * Returns a token for a request: the kept one, or a new one. Past `refreshAfter` the kept one is returned while a new one
   * is asked for. Equal requests share a call.
   * @throws BrokerProblem
   */
  async token(request: TokenRequest, { signal }: SignalOptions = {}): Promise<IssuedToken> {
    return this.#cycler(request).get({ signal });
  }

  /** Returns a token, or a problem, for each request, in their order. Asks for 100 at a time. */
  async tokens(
    requests: readonly TokenRequest[],
    { signal }: SignalOptions = {},
  ): Promise<(IssuedToken | BrokerProblem)[]> {
    const batch = new TokenBatch(this.#calls);
    const cyclers = new Map<string, TokenCycler>();
    const waiting = requests.map((request) => {
      const key = requestKey(request);
      const cycler = cyclers.get(key) ?? this.#cycler(request);
      if (!cyclers.has(key) && cycler.needsCall) batch.add(key, request);
      cyclers.set(key, cycler);
      return { key, cycler };
    });
    return Promise.all(
      waiting.map(({ key, cycler }) => cycler.get({ signal }, batch.issueOf(key)).catch(problemOrThrow)),
    );
  }

  /** Returns the source of tokens for a request. */
  source(request: TokenRequest): TokenSource {
    const copy = structuredClone(request);
    return { get: async (options = {}) => this.#cycler(copy).get(options) };
  }

  /** Returns what a request would get, without a token. */
  async explain(request: TokenRequest, { signal }: SignalOptions = {}): Promise<Explanation> {
    return (await this.#calls.post('/tokens/explain', request, signal)).body as unknown as Explanation;
  }

  /** Reports the outcome of the work that a token was for. The broker accepts one report per token. */
  async complete(id: string, completion: Completion, { signal }: SignalOptions = {}): Promise<AuditRecord> {
    const path = `/tokens/${encodeURIComponent(id)}/completion`;
    return (await this.#calls.post(path, completion, signal)).body as unknown as AuditRecord;
  }

  /**
   * Calls `use` with a token. If it throws because storage refused the signature, calls it again, once, with another token.
   * Reports to the broker how the use of the last token ended; whether that succeeds does not matter.
   * @throws what `use` threw; BrokerProblem if there is no token
   */
  async withToken<T>(
    request: TokenRequest,
    use: (token: IssuedToken) => T | Promise<T>,
    { signal }: SignalOptions = {},
  ): Promise<T> {
    const source = this.source(request);
    let token = await source.get({ signal });
    try {
      let result: T;
      try {
        result = await use(token);
      } catch (error) {
        if (!(await isSignatureRefused(error))) throw error;
        token = await source.get({ refused: token, signal });
        result = await use(token);
      }
      await this.#tryToComplete(token.id, 'succeeded', signal);
      return result;
    } catch (error) {
      await this.#tryToComplete(token.id, 'failed', signal);
      throw error;
    }
  }

  /** Forgets every token, ends every call, and refuses further ones. */
  close(): void {
    this.#cyclers.clear();
    this.#calls.close();
  }

  #cycler(request: TokenRequest): TokenCycler {
    const issue = (signal: AbortSignal) => this.#issue(request, signal);
    return this.#cyclers.getOrAdd(requestKey(request), () => new TokenCycler(issue, this.#runtime));
  }

  async #issue(request: TokenRequest, signal: AbortSignal): Promise<Issued> {
    const { body, sentAt } = await this.#calls.post('/tokens', request, signal);
    return readIssued(body, sentAt);
  }

  async #tryToComplete(id: string, outcome: Completion['outcome'], signal?: AbortSignal): Promise<void> {
    const path = `/tokens/${encodeURIComponent(id)}/completion`;
    await this.#calls.post(path, { outcome }, signal, 1).catch(() => undefined);
  }
}

function problemOrThrow(error: unknown): BrokerProblem {
  if (error instanceof BrokerProblem) return error;
  throw error;
}
