/** The closed set of problem codes that callers can see. Codes are stable across versions (docs/http-api.md). */
export type BrokerErrorCode =
  | 'invalid_request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'length_required'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'audit_unavailable'
  | 'signing_key_unavailable'
  | 'identity_provider_unavailable'
  | 'storage_unavailable'
  | 'overloaded'
  | 'misconfigured'
  | 'internal';

/** One fault of a document. `path` is a path such as `resource.container` or `grants[0].maxTtl`; empty for the whole document. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

interface BrokerErrorOptions {
  /** The faults of a malformed request, or the first ones; public. */
  readonly errors?: readonly Fault[];
  /** How many faults there are, if `errors` has only the first ones; public. */
  readonly errorCount?: number;
  /** When to retry, in whole seconds; public. */
  readonly retryAfter?: number;
  /** True if a retry cannot help before an operator has mended something; there is no `Retry-After` then. */
  readonly needsOperator?: boolean;
  /** Extra members of the problem document; public. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** The cause, for the log only. Must not contain a token, key, signature or vault host. */
  readonly reason?: string;
}

/**
 * An error that the edge turns into an RFC 9457 problem. `message` is public. An SDK's error never is, so there is no
 * `cause`: describe the SDK's error with `describeFailure` and pass the description as `reason`.
 */
export class BrokerError extends Error {
  readonly code: BrokerErrorCode;
  readonly errors: readonly Fault[];
  readonly errorCount: number;
  readonly retryAfter: number | null;
  readonly needsOperator: boolean;
  readonly reason: string | null;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: BrokerErrorCode, detail: string, options: BrokerErrorOptions = {}) {
    super(detail);
    this.name = 'BrokerError';
    this.code = code;
    this.errors = options.errors ?? [];
    this.errorCount = options.errorCount ?? this.errors.length;
    this.retryAfter = options.retryAfter ?? null;
    this.needsOperator = options.needsOperator ?? false;
    this.reason = options.reason ?? null;
    this.members = options.members ?? {};
  }
}
