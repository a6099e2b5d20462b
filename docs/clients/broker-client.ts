/** A client for the SAS token broker, to copy. Browsers and Node 20 or newer, no dependencies. See docs/uploads.md. */
export type TokenRequest = Readonly<Record<string, unknown>>;
/** The reply of `POST /tokens`: these members, and all others that docs/http-api.md lists. */
export type IssuedToken = Readonly<Record<'id' | 'url' | 'token' | 'expiresAt' | 'refreshAfter', string>> &
  Readonly<Record<string, unknown>>;
type Use<T> = (url: string, token: IssuedToken) => Promise<T>;

/** The broker's answer instead of a token. The broker's operators can find the call by its `requestId`. */
export class BrokerError extends Error {
  readonly status!: number;
  readonly code!: string;
  readonly detail!: string;
  readonly errors!: readonly { readonly path: string; readonly message: string }[];
  readonly requestId!: string | null;
  constructor(status: number, problem: Partial<BrokerError>) {
    const { code = `http_${status}`, detail = '', errors = [], requestId = null } = problem;
    super(`${code}: ${[detail, ...errors.map(({ path, message }) => `${path}: ${message}`)].join(' ')}`);
    Object.assign(this, { name: 'BrokerError', status, code, detail, errors, requestId });
  }
}

const [TRIES, LONGEST_WAIT_SECONDS] = [4, 60];

/** Caches tokens, in memory only. Use one client per signed-in user: the cache key is the request alone. */
export class BrokerClient {
  readonly #endpoint: string;
  readonly #bearer: () => Promise<string>;
  readonly #kept = new Map<string, { reply: Promise<IssuedToken>; until: number }>();

  /** `broker` is `https://…/api`. `getBearer` is called before every call, so it can renew the bearer token. */
  constructor(broker: string, getBearer: () => Promise<string>) {
    this.#endpoint = `${broker}/tokens`;
    this.#bearer = getBearer;
  }

  /** Returns the reply to `request`. Equal concurrent requests share a call; its reply is kept until `refreshAfter`. */
  token(request: TokenRequest): Promise<IssuedToken> {
    for (const [key, { until }] of this.#kept) if (Date.now() >= until) this.#kept.delete(key);
    const kept = this.#kept.get(canonical(request));
    if (kept) return kept.reply;
    const entry = { reply: this.#issue(request), until: Infinity };
    this.#kept.set(canonical(request), entry);
    const keep = (reply?: IssuedToken) => (entry.until = Date.parse(reply?.refreshAfter ?? '') || 0);
    entry.reply.then(keep, () => keep()); // in one step, so an immediate retry finds no cached failure
    return entry.reply;
  }

  /** Calls `use`, and again with a fresh token if storage rejects the signature. `use` must recreate its body. */
  async withToken<T>(request: TokenRequest, use: Use<T>): Promise<T> {
    const reply = this.token(request);
    const token = await reply;
    try {
      const result = await use(token.url, token);
      if (!(await signatureRefused(result))) return result;
    } catch (error) {
      if (!(await signatureRefused(error))) throw error;
    }
    const key = canonical(request); // the cached token may be newer, if another caller was refused first
    if (this.#kept.get(key)?.reply === reply) this.#kept.delete(key);
    const fresh = await this.token(request);
    return use(fresh.url, fresh);
  }

  async #issue(request: TokenRequest): Promise<IssuedToken> {
    for (let tried = 1; ; tried += 1) {
      const headers = { authorization: `Bearer ${await this.#bearer()}`, 'content-type': 'application/json' };
      const call = { method: 'POST', headers, body: JSON.stringify(request), redirect: 'error' } as const;
      const reply = await fetch(this.#endpoint, { ...call, signal: AbortSignal.timeout(30_000) });
      const answer: unknown = await reply.json().catch(() => ({}));
      if (reply.status === 201) return answer as IssuedToken;
      const wait = secondsToWait(reply.headers.get('retry-after') ?? '', tried);
      const busy = [429, 503].includes(reply.status) && wait <= LONGEST_WAIT_SECONDS;
      if (!busy || tried === TRIES) throw new BrokerError(reply.status, Object(answer) as object);
      await new Promise((resolve) => setTimeout(resolve, wait * 1000 * (1 + Math.random() / 2)));
    }
  }
}

/** Reads `Retry-After` as seconds or a date. Without it (CORS hides it from browsers), returns 1, 2, 4 … seconds. */
function secondsToWait(header: string, tried: number): number {
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? 2 ** (tried - 1) : Math.max(0, seconds);
}

/** True if a `Response` or an Azure SDK error rejects the signature. A 403 for a missing permission does not count. */
async function signatureRefused(outcome: unknown): Promise<boolean> {
  const { status, statusCode = status, message, details } = Object(outcome) as Record<string, unknown>;
  const { errorCode } = Object(details) as Record<string, unknown>; // a HEAD has a code but no text
  if (statusCode !== 403) return false;
  const code = outcome instanceof Response ? outcome.headers.get('x-ms-error-code') : errorCode;
  const body = outcome instanceof Response && !outcome.bodyUsed ? await outcome.clone().text() : '';
  return /AuthenticationFailed|signature/i.test(`${String(code)} ${String(message)} ${body}`);
}

/** Returns the same text for equal requests, whatever the order of their members. */
function canonical(value: unknown): string {
  if (Object(value) !== value || Array.isArray(value)) return JSON.stringify(value);
  const members = Object.entries(value as object).map(([name, member]) => `${name} ${canonical(member)}`);
  return JSON.stringify(members.sort());
}
