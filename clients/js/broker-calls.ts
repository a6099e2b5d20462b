import { BrokerProblem, parseObject, toProblem } from './broker-problem.ts';
import { linkSignals } from './linked-signal.ts';
import { retryAfter, retryDelay, type RetryOptions } from './retry-delay.ts';
import { abortReason, type Runtime } from './runtime.ts';

/** Returns a bearer token for the broker. `refused`: the broker refused the last one, so a cached one is of no use. */
export type GetBearer = (context: { readonly refused: boolean }) => string | Promise<string>;

export interface CallOptions {
  /** The address of the API, with `/api`. */
  readonly endpoint: string;
  readonly getBearer: GetBearer;
  readonly fetch: typeof globalThis.fetch;
  readonly retry: RetryOptions;
  /** The longest time for one try. */
  readonly timeoutMs: number;
}

/** A success, and when the try that it answers was sent, by the runtime's clock. */
export interface Reply {
  readonly body: Readonly<Record<string, unknown>>;
  readonly sentAt: number;
}

/** A try without success. */
interface Failure {
  readonly problem: BrokerProblem;
  readonly isWorthRetrying: boolean;
  readonly retryAfterMs: number | null;
}

const WORTH_RETRYING: readonly number[] = [429, 502, 503, 504];

/** Sends calls to the broker: with a bearer token, a timeout for each try, and retries. */
export class BrokerCalls {
  readonly #options: CallOptions;
  readonly #runtime: Runtime;
  readonly #closing = new AbortController();

  constructor(options: CallOptions, runtime: Runtime) {
    this.#options = { ...options, endpoint: options.endpoint.replace(/\/+$/, '') };
    this.#runtime = runtime;
  }

  /** Ends every call, and refuses further ones. */
  close(): void {
    this.#closing.abort(new BrokerProblem(0, { code: 'closed', detail: 'The client was closed.' }));
  }

  /**
   * Posts a body until it succeeds, or another try is of no use.
   * @throws BrokerProblem, what `getBearer` threw, or the signal's reason
   */
  async post(path: string, body: unknown, signal?: AbortSignal, attempts?: number): Promise<Reply> {
    const linked = linkSignals([signal, this.#closing.signal]);
    try {
      return await this.#postUntilDone(path, JSON.stringify(body), linked.signal, attempts);
    } finally {
      linked.unlink();
    }
  }

  async #postUntilDone(path: string, body: string, signal: AbortSignal, most?: number): Promise<Reply> {
    const { retry } = this.#options;
    const attempts = most ?? retry.attempts;
    let isBearerRefused = false;
    for (let tried = 1; ; tried += 1) {
      const bearer = await this.#bearer(isBearerRefused, signal);
      const outcome = await this.#try(path, body, bearer, signal);
      if ('body' in outcome) return outcome;
      const { problem, isWorthRetrying, retryAfterMs } = outcome;
      if (problem.status === 401 && !isBearerRefused) {
        isBearerRefused = true;
        tried -= 1;
        continue;
      }
      isBearerRefused = problem.status === 401;
      const delay = retryDelay(tried, retryAfterMs, retry, this.#runtime.random());
      if (!isWorthRetrying || tried >= attempts || delay === null) throw problem;
      await this.#runtime.sleep(delay, signal);
    }
  }

  async #bearer(refused: boolean, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return raceAbort(Promise.resolve(this.#options.getBearer({ refused })), signal);
  }

  async #try(path: string, body: string, bearer: string, signal: AbortSignal): Promise<Reply | Failure> {
    const { fetch, endpoint, timeoutMs } = this.#options;
    const limit = linkSignals([signal]);
    const timer = new AbortController();
    void this.#runtime.sleep(timeoutMs, timer.signal).then(
      () => limit.abort(new Error(`no reply within ${timeoutMs} ms`)),
      () => undefined,
    );
    const sentAt = this.#runtime.now();
    const send = async () => {
      const reply = await fetch(`${endpoint}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        body,
        redirect: 'manual', // 'error' is unknown to some runtimes
        signal: limit.signal,
      });
      return readReply(reply, reply.type === 'opaqueredirect' ? '' : await reply.text(), sentAt);
    };
    try {
      // A fetch of the caller's own may ignore the signal.
      return await raceAbort(send(), limit.signal);
    } catch (error) {
      signal.throwIfAborted();
      return noReply(error);
    } finally {
      timer.abort();
      limit.unlink();
    }
  }
}

function readReply(reply: Response, text: string, sentAt: number): Reply | Failure {
  if (reply.type === 'opaqueredirect' || (reply.status >= 300 && reply.status < 400)) {
    const detail = 'The address redirects, and the bearer token is not sent elsewhere. Check the endpoint.';
    return failure(new BrokerProblem(reply.status, { code: 'redirected', detail }));
  }
  if (!reply.ok) {
    const problem = toProblem(reply.status, parseObject(text) ?? {}, reply.headers.get('x-request-id'));
    return failure(problem, WORTH_RETRYING.includes(reply.status), retryAfter(reply.headers));
  }
  const body = parseObject(text);
  if (body !== null) return { body, sentAt };
  return failure(unexpectedReply(reply.status, 'The reply is not a JSON object. Check the endpoint.'));
}

/** Returns the problem of a reply that succeeded, but is not what the client can use. */
export function unexpectedReply(status: number, detail: string): BrokerProblem {
  return new BrokerProblem(status, { code: 'unexpected_reply', detail });
}

function failure(
  problem: BrokerProblem,
  isWorthRetrying = false,
  retryAfterMs: number | null = null,
): Failure {
  return { problem, isWorthRetrying, retryAfterMs };
}

/** The error of `fetch` is told by its cause, such as ECONNRESET. */
function noReply(error: unknown): Failure {
  const { message, cause } = Object(error) as { message?: string; cause?: unknown };
  const { code } = Object(cause) as { code?: string };
  const detail = `There is no reply from the broker: ${code ?? message ?? 'the call failed'}.`;
  return failure(new BrokerProblem(0, { code: 'no_reply', detail }), true);
}

function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(abortReason(signal));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.finally(() => signal.removeEventListener('abort', abort)).then(resolve, reject);
  });
}
