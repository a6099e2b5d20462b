import { changeConnection, noteReply } from './connection.ts';
import { ApiProblem, OFFLINE, readProblem, SESSION_ENDED } from './problem.ts';
import { Turns } from './turns.ts';

/** The broker allows a caller two scans at once. */
const SCANS_AT_ONCE = 2;

/** What calls need of the page and its session. */
export interface ApiPorts {
  /** Returns a bearer token, or null if somebody has to sign in again. */
  readonly bearer: () => Promise<string | null>;
  /** Returns a new bearer token, or null if the session has ended. */
  readonly renew: () => Promise<string | null>;
  /** Returns the URL of a path below `/api/`. */
  readonly addressOf: (path: string) => URL;
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>;
}

export interface ApiOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  /** True for lists, summaries, plans and lookups: they wait for one of two turns. */
  readonly scans?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Calls the broker. A 401 renews the session and repeats the call once.
 * @param path below `/api/`, such as `me/grants`.
 * @throws ApiProblem
 */
export type CallApi = <T>(path: string, options?: ApiOptions) => Promise<T>;

/** Returns a function that calls the broker. All its scans share the two turns. */
export function makeApiCaller(ports: ApiPorts): CallApi {
  const turns = new Turns(SCANS_AT_ONCE);
  return <T>(path: string, options: ApiOptions = {}) => {
    if (options.scans !== true) return sendAuthorized<T>(ports, path, options);
    const { signal, ...rest } = options;
    return turns.run(() => {
      signal?.throwIfAborted();
      // The broker goes on with a scan that the page has left and counts it, so the turn lasts until the reply.
      return sendAuthorized<T>(ports, path, rest);
    });
  };
}

async function sendAuthorized<T>(ports: ApiPorts, path: string, options: ApiOptions): Promise<T> {
  const token = await ports.bearer();
  if (token === null) throw new ApiProblem(401, SESSION_ENDED);
  const reply = await send(ports, path, options, token);
  if (reply.status !== 401) return read<T>(reply, options);
  const renewed = await ports.renew();
  if (renewed === null) throw new ApiProblem(401, SESSION_ENDED);
  return read<T>(await send(ports, path, options, renewed), options);
}

async function send(
  ports: ApiPorts,
  path: string,
  { method = 'GET', body, signal }: ApiOptions,
  token: string,
): Promise<Response> {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  try {
    const reply = await ports.fetch(ports.addressOf(path), {
      method,
      headers: { authorization: `Bearer ${token}`, ...type },
      ...json,
      ...(signal === undefined ? {} : { signal }),
    });
    noteReply(reply.headers.get('date'));
    return reply;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    changeConnection({ offline: true });
    throw new ApiProblem(0, OFFLINE);
  }
}

async function read<T>(reply: Response, { method = 'GET' }: ApiOptions): Promise<T> {
  const text = await reply.text();
  if (reply.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
  const problem = readProblem(reply.status, text, reply.headers.get('retry-after'));
  // For a token it may be about one account's service; a broker whose configuration has faults refuses reads too.
  if (problem.code === 'misconfigured' && method === 'GET') changeConnection({ misconfigured: true });
  throw problem;
}
