import type { Connection } from './connection.ts';
import { refusal } from './exit-codes.ts';
import { type Problem, Refused } from './problem-text.ts';
import type { World } from './world.ts';

/** Which failed calls are sent again. After a 503 the broker may have done what was asked, so an order is not repeated. */
type Repeat = 'any' | 'not-started';

/** Longer than the broker's longest deadline. */
const CALL_TIMEOUT_MS = 120_000;
const TRIES = 4;
/** A longer `Retry-After` is not waited for. */
const LONGEST_WAIT_SECONDS = 60;

/** Calls the broker's HTTP API. */
export class BrokerApi {
  readonly #connection: Connection;
  readonly #world: Pick<World, 'sleep'>;
  readonly #notify: (text: string) => void;

  /** @param notify shows a line about a wait. */
  constructor(connection: Connection, world: Pick<World, 'sleep'>, notify: (text: string) => void) {
    this.#connection = connection;
    this.#world = world;
    this.#notify = notify;
  }

  /** Reads a resource. Parameters that are undefined are left out. */
  get(path: string, parameters: Readonly<Record<string, string | undefined>> = {}): Promise<unknown> {
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) given.set(name, value);
    const query = given.toString();
    return this.#call('GET', query === '' ? path : `${path}?${query}`, undefined, 'any');
  }

  /**
   * Sends a body.
   * @param repeat `any` if it is harmless to send the body twice.
   */
  post(path: string, body: object, repeat: Repeat): Promise<unknown> {
    return this.#call('POST', path, body, repeat);
  }

  delete(path: string): Promise<unknown> {
    return this.#call('DELETE', path, undefined, 'not-started');
  }

  /** @throws Refused with the problem; Exit if the broker cannot be reached. */
  async #call(method: string, path: string, body: object | undefined, repeat: Repeat): Promise<unknown> {
    for (let tried = 1; ; tried += 1) {
      const reply = await this.#send(method, path, body);
      const text = await reply.text();
      if (reply.ok) return text === '' ? null : parseReply(text);
      const problem = readProblem(reply, text);
      const wait = secondsToWait(reply.headers.get('retry-after'));
      const isWorthIt = reply.status === 429 || (reply.status === 503 && repeat === 'any');
      const isPossible = wait !== null && wait <= LONGEST_WAIT_SECONDS && problem.code !== 'misconfigured';
      if (!isWorthIt || !isPossible || tried === TRIES) throw new Refused(reply.status, problem);
      this.#notify(`${problem.title ?? 'The broker is busy'} (${reply.status}); trying again in ${wait} s.`);
      await this.#world.sleep(wait * 1000);
    }
  }

  async #send(method: string, path: string, body: object | undefined): Promise<Response> {
    const { broker, bearer } = this.#connection;
    try {
      return await fetch(`${broker}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${bearer}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error',
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
    } catch (error) {
      throw refusal(`There is no reply from the broker at ${broker}: ${reasonOf(error)}.`);
    }
  }
}

function parseReply(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw refusal('The reply is not JSON. BROKER must be the address of the API, with /api.');
  }
}

/** Reads a problem document. Other replies, such as a gateway's page, are not repeated. */
function readProblem({ headers }: Response, text: string): Problem {
  if (headers.get('content-type')?.startsWith('application/problem+json') !== true) return {};
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return {};
  }
}

/** Reads `Retry-After`, which is a number of seconds or a date; null if it is absent or unreadable. */
export function secondsToWait(header: string | null, now = Date.now()): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  // `Date.parse` also accepts texts that are not HTTP dates.
  const at = header.endsWith(' GMT') ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1000));
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it took too long';
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : null;
  return code ?? (cause instanceof Error ? cause.message : 'the call failed');
}
