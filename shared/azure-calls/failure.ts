import { BrokerError } from '../broker-error.ts';

/** The credential's own errors: there was no token to send a request with, so the request never left. */
const NO_CREDENTIAL = new Set([
  'AuthenticationError',
  'AggregateAuthenticationError',
  'CredentialUnavailableError',
]);

/**
 * Describes a failure of an SDK or the network by its class, code and status only. SDK messages quote URLs, hosts and
 * headers, so they never reach a log.
 */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  const status = statusOf(error);
  const parts = [error.name];
  if (typeof code === 'string' && /^[\w.-]{1,64}$/.test(code)) parts.push(code);
  if (status !== null) parts.push(String(status));
  return parts.join(' ');
}

/** Returns what the log says of any thrown value: a `BrokerError`'s own reason, else `describeFailure`. */
export function failureReason(error: unknown): string {
  return error instanceof BrokerError ? (error.reason ?? error.message) : describeFailure(error);
}

/** Returns the status that a service answered with; null if it did not answer. */
export function statusOf(error: unknown): number | null {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : null;
}

/** Returns a header of the reply that an SDK's error carries. */
export function headerOf(error: unknown, name: string): string | undefined {
  const { response } = (error ?? {}) as {
    response?: { headers?: { get?: (name: string) => string | undefined } };
  };
  return response?.headers?.get?.(name);
}

/** Longer waits are not believed: a mistaken or hostile reply must not stop an account for years. */
const LONGEST_RETRY_AFTER_SECONDS = 3600;
/** HTTP-date in each of its three formats: rfc-editor.org/rfc/rfc9110#section-5.6.7. `Date.parse` accepts much more. */
const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;

/**
 * Returns the seconds of a reply's `Retry-After`, which may be a number or a date: at most an hour, and 0 for a date that
 * has passed. Null if there is none, or if it is neither.
 */
export function retryAfterOf(error: unknown, now: Date): number | null {
  const text = headerOf(error, 'retry-after')?.trim();
  const seconds = text === undefined ? NaN : secondsOf(text, now);
  if (Number.isNaN(seconds)) return null;
  return Math.min(Math.max(0, Math.ceil(seconds)), LONGEST_RETRY_AFTER_SECONDS);
}

function secondsOf(text: string, now: Date): number {
  if (/^\d+$/.test(text)) return Number(text);
  if (!HTTP_DATE.test(text)) return NaN;
  // The asctime format has no zone and means UTC.
  const instant = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return (instant - now.getTime()) / 1000;
}

/** Returns true if the credential failed, so that the request was never sent. */
export function lacksCredential(error: unknown): boolean {
  return error instanceof Error && NO_CREDENTIAL.has(error.name);
}
