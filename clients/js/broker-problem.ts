/** A fault of one member of a request. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** The members of a problem document that a `BrokerProblem` shows. */
export interface ProblemMembers {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly Fault[];
  readonly requestId?: string | null;
}

/** The broker's answer instead of a token, or the reason why there is none. It never contains a token. */
export class BrokerProblem extends Error {
  override readonly name = 'BrokerProblem';
  /** The HTTP status; 0 if there was no usable reply. */
  readonly status: number;
  /**
   * A code of the broker (docs/http-api.md), `http_<status>` for a reply that is not the broker's, or one of the client's
   * own: `no_reply`, `redirected`, `unexpected_reply`, `repeated_token`, `closed`.
   */
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly Fault[];
  /** The id by which the broker's operators find the call. */
  readonly requestId: string | null;

  constructor(
    status: number,
    { code = `http_${status}`, detail = '', errors = [], requestId }: ProblemMembers,
  ) {
    const faults = errors.map(({ path, message }) => `${path === '' ? 'request' : path}: ${message}`);
    super([`${code}:`, detail, ...faults].join(' ').trim());
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.errors = errors;
    this.requestId = requestId ?? null;
  }
}

/** Returns the problem of a document that may lack any member. */
export function toProblem(
  status: number,
  body: Readonly<Record<string, unknown>>,
  requestId: string | null,
): BrokerProblem {
  const member = (name: string) => (typeof body[name] === 'string' ? { [name]: body[name] } : {});
  return new BrokerProblem(status, {
    requestId,
    ...member('code'),
    ...member('detail'),
    ...member('requestId'),
    errors: Array.isArray(body['errors']) ? (body['errors'] as unknown[]).filter(isFault) : [],
  });
}

/** Returns the JSON object that a text is; null if it is not one. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isFault(value: unknown): value is Fault {
  const { path, message } = Object(value) as Record<string, unknown>;
  return typeof path === 'string' && typeof message === 'string';
}
