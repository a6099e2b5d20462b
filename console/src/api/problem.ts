/** Why a call failed. `offline` and `session_ended` are the console's own codes; the others are the broker's. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  /** Seconds. */
  readonly retryAfter: number | null;
  /** The faults of a request, if the problem lists any. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  /** Every member of the problem, such as `command` or `rotation` of a conflict. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(status: number, members: Readonly<Record<string, unknown>>, retryAfter: number | null = null) {
    super(textOf(members['detail']) ?? textOf(members['title']) ?? `The broker replied ${status}.`);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = textOf(members['code']) ?? 'unknown';
    this.requestId = textOf(members['requestId']);
    this.retryAfter = retryAfter;
    this.errors = Array.isArray(members['errors']) ? (members['errors'] as ApiProblem['errors']) : [];
    this.members = members;
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

export const OFFLINE = { code: 'offline', detail: 'No connection to the broker.' };
export const SESSION_ENDED = { code: 'session_ended', detail: 'Your session has ended.' };

/** Reads a reply that is not a success. A proxy in front of the broker may have written it. */
export function readProblem(status: number, text: string, retryAfterHeader: string | null): ApiProblem {
  const seconds = Number(retryAfterHeader ?? NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds : null;
  try {
    const members: unknown = JSON.parse(text);
    if (typeof members === 'object' && members !== null)
      return new ApiProblem(status, members as Record<string, unknown>, retryAfter);
  } catch {
    // Not JSON: the status is all there is to say.
  }
  return new ApiProblem(status, {}, retryAfter);
}

/** True if the same read may be sent again: the broker is busy, or something behind it is unavailable for now. */
export function isWorthRetrying(failures: number, error: unknown): boolean {
  if (failures >= 2 || !(error instanceof ApiProblem)) return false;
  return error.status === 429 || (error.status === 503 && error.code !== 'misconfigured');
}

/** Returns how long to wait before the same read, in milliseconds. */
export function retryDelayMs(failures: number, error: unknown): number {
  const seconds = error instanceof ApiProblem ? error.retryAfter : null;
  return Math.min((seconds ?? 2 ** failures) * 1000, 30_000);
}
