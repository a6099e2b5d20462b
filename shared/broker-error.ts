/** The closed set of problem codes a caller can see; stable across versions (docs/http-api.md). */
export type BrokerErrorCode =
  | 'invalid_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'audit_unavailable'
  | 'signing_key_unavailable'
  | 'identity_provider_unavailable'
  | 'storage_unavailable'
  | 'misconfigured'
  | 'internal';

/** One thing wrong with a document: `path` as in `resource.container` or `grants[0].maxTtl` (empty: the whole). */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

interface BrokerErrorOptions {
  /** Faults of a malformed request, each with its path; public. */
  readonly errors?: readonly Fault[];
  /** Whole seconds after which a retry makes sense; public. */
  readonly retryAfter?: number;
  /** Further members of the problem document; public. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** What went wrong, for the log only; must hold no token, key, signature or vault host. */
  readonly reason?: string;
}

/**
 * A fault that the edge turns into an RFC 9457 problem. `message` is public; an SDK's own error never is, so
 * there is no `cause`: describe it with `describeFailure` and put that in `reason`.
 */
export class BrokerError extends Error {
  readonly code: BrokerErrorCode;
  readonly errors: readonly Fault[];
  readonly retryAfter: number | null;
  readonly reason: string | null;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: BrokerErrorCode, detail: string, options: BrokerErrorOptions = {}) {
    super(detail);
    this.name = 'BrokerError';
    this.code = code;
    this.errors = options.errors ?? [];
    this.retryAfter = options.retryAfter ?? null;
    this.reason = options.reason ?? null;
    this.members = options.members ?? {};
  }
}
