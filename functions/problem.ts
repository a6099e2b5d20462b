import { describeFailure } from '../shared/azure-calls/failure.ts';
import { BrokerError, type BrokerErrorCode, type Fault } from '../shared/broker-error.ts';

const RETRY_AFTER_SECONDS = 5;
/** How many faults a problem lists. */
export const MAX_ERRORS = 20;
/** In characters. Paths and messages repeat names that the caller sent, so they can be as long as the body. */
const MAX_PATH = 64;
const MAX_MESSAGE = 512;

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** The default of `Retry-After`, in seconds, if a retry can succeed. */
  readonly retryAfter?: number;
}

/** Maps the closed set of codes to HTTP, exhaustively. */
export function problemKind(code: BrokerErrorCode): ProblemKind {
  switch (code) {
    case 'invalid_request':
      return { status: 400, title: 'The request is not valid' };
    case 'unauthenticated':
      return { status: 401, title: 'A valid bearer token is required' };
    case 'forbidden':
      return { status: 403, title: 'Not allowed' };
    case 'not_found':
      return { status: 404, title: 'Not found' };
    case 'conflict':
      return { status: 409, title: 'The request conflicts with the current state' };
    case 'length_required':
      return { status: 411, title: 'The body must have a Content-Length' };
    case 'payload_too_large':
      return { status: 413, title: 'The body is too large' };
    case 'unsupported_media_type':
      return { status: 415, title: 'The body must be plain JSON' };
    case 'rate_limited':
      return { status: 429, title: 'Too many requests', retryAfter: RETRY_AFTER_SECONDS };
    case 'audit_unavailable':
      return { status: 503, title: 'The audit table is unavailable', retryAfter: RETRY_AFTER_SECONDS };
    case 'signing_key_unavailable':
      return { status: 503, title: 'The signing key is unavailable', retryAfter: RETRY_AFTER_SECONDS };
    case 'identity_provider_unavailable':
      return { status: 503, title: 'The identity provider is unavailable', retryAfter: RETRY_AFTER_SECONDS };
    case 'storage_unavailable':
      return { status: 503, title: 'Storage is unavailable', retryAfter: RETRY_AFTER_SECONDS };
    case 'overloaded':
      return { status: 503, title: 'The broker is overloaded', retryAfter: RETRY_AFTER_SECONDS };
    case 'misconfigured':
      return { status: 503, title: 'The broker is misconfigured' };
    case 'internal':
      return { status: 500, title: 'The broker failed' };
  }
}

/** RFC 9457, with the members of docs/http-api.md. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  /** The first faults of the request. */
  readonly errors?: readonly Fault[];
  readonly errorCount?: number;
  readonly [member: string]: unknown;
}

/** Returns any thrown value as a BrokerError. Anything else becomes `internal`, which tells the caller nothing. */
export function asBrokerError(error: unknown): BrokerError {
  if (error instanceof BrokerError) return error;
  return new BrokerError(
    'internal',
    'The broker failed on this request. Search its log for the request id.',
    {
      reason: describeFailure(error),
    },
  );
}

/** Returns the problem document of an error. */
export function problemOf(error: BrokerError, requestId: string): Problem {
  const { status, title } = problemKind(error.code);
  return {
    ...error.members,
    type: `urn:sas-token-broker:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    requestId,
    ...(error.errors.length > 0 ? faultMembers(error) : {}),
  };
}

function faultMembers({ errors, errorCount }: BrokerError): Pick<Problem, 'errors' | 'errorCount'> {
  return { errors: errors.slice(0, MAX_ERRORS).map(shorten), errorCount };
}

function shorten({ path, message }: Fault): Fault {
  return { path: cut(path, MAX_PATH), message: cut(message, MAX_MESSAGE) };
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
