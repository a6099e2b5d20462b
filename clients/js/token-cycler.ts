import type { IssuedToken } from './api.ts';
import { BrokerProblem } from './broker-problem.ts';
import type { Runtime } from './runtime.ts';
import { SharedCall } from './shared-call.ts';
import { type Lifetime, lifetimeOf } from './token-lifetime.ts';

/** A reply of the broker, and when the try that it answers was sent, by the runtime's clock. */
export interface Issued {
  readonly token: IssuedToken;
  readonly sentAt: number;
}
export type Issue = (signal: AbortSignal) => Promise<Issued>;

export interface GetOptions {
  /** A token that storage refused. It is never returned again. */
  readonly refused?: IssuedToken | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How long a denial is remembered, and how long the client waits after a failed refresh in the background. */
const FAILURE_PAUSE_MS = 3000;
/** Equal requests in one second get equal tokens, so a second one must wait for the next second. */
const REPEATED_TOKEN_PAUSE_MS = 1000;
const REFUSED_KEPT = 8;

/** The token of one request: keeps it, refreshes it in the background, and replaces it before it expires. */
export class TokenCycler {
  readonly #issue: Issue;
  readonly #runtime: Runtime;
  #kept: ({ readonly token: IssuedToken } & Lifetime) | null = null;
  #call: SharedCall<IssuedToken> | null = null;
  #failure: { readonly error: unknown; readonly until: number } | null = null;
  /** The last tokens that storage refused. */
  #refused: readonly string[] = [];

  constructor(issue: Issue, runtime: Runtime) {
    this.#issue = issue;
    this.#runtime = runtime;
  }

  /** True if `get` would start a call now. */
  get needsCall(): boolean {
    if (this.#running() !== null || this.#recentFailure() !== null) return false;
    return this.#kept === null || this.#runtime.now() >= this.#kept.refreshAt;
  }

  /**
   * Returns the kept token, or waits for a new one.
   * @param issue makes the call, if this request starts one
   * @throws BrokerProblem, what the bearer's source threw, or the signal's reason
   */
  async get({ refused, signal }: GetOptions, issue: Issue = this.#issue): Promise<IssuedToken> {
    signal?.throwIfAborted();
    if (refused !== undefined) this.#refuse(refused.token);
    const kept = this.#kept;
    if (kept !== null && this.#runtime.now() < kept.endsAt) {
      if (this.needsCall) this.#start(issue, true);
      return kept.token;
    }
    const failure = this.#recentFailure();
    if (failure instanceof BrokerProblem && failure.status === 403) throw failure;
    return (this.#running() ?? this.#start(issue, false)).join(signal);
  }

  #running(): SharedCall<IssuedToken> | null {
    return this.#call?.isAborted === false ? this.#call : null;
  }

  #recentFailure(): unknown {
    return this.#failure !== null && this.#runtime.now() < this.#failure.until ? this.#failure.error : null;
  }

  #refuse(token: string): void {
    if (!this.#refused.includes(token)) this.#refused = [token, ...this.#refused].slice(0, REFUSED_KEPT);
    if (this.#kept?.token.token === token) this.#kept = null;
  }

  #start(issue: Issue, isBackground: boolean): SharedCall<IssuedToken> {
    this.#call = new SharedCall((signal) => this.#replace(issue, signal), isBackground);
    return this.#call;
  }

  async #replace(issue: Issue, signal: AbortSignal): Promise<IssuedToken> {
    try {
      const issued = await this.#issueUnrefused(issue, signal);
      this.#kept = { token: issued.token, ...lifetimeOf(issued.token, issued.sentAt) };
      this.#failure = null;
      return issued.token;
    } catch (error) {
      if (!signal.aborted) this.#failure = { error, until: this.#runtime.now() + FAILURE_PAUSE_MS };
      throw error;
    } finally {
      // Another call may be running if this one was aborted.
      if (!signal.aborted) this.#call = null;
    }
  }

  async #issueUnrefused(issue: Issue, signal: AbortSignal): Promise<Issued> {
    const first = await issue(signal);
    if (!this.#refused.includes(first.token.token)) return first;
    await this.#runtime.sleep(REPEATED_TOKEN_PAUSE_MS, signal);
    const second = await this.#issue(signal);
    if (!this.#refused.includes(second.token.token)) return second;
    throw new BrokerProblem(0, {
      code: 'repeated_token',
      detail: 'The broker repeats a token that storage refused. Report it to the people who run the broker.',
    });
  }
}
