import { bearer, renew } from '../session/session.ts';
import { changeConnection, noteReply } from './connection.ts';
import { ApiProblem, OFFLINE, readProblem, SESSION_ENDED } from './problem.ts';
import { Turns } from './turns.ts';

/** The broker allows a caller two scans at once. */
const scans = new Turns(2);

interface Options {
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
export async function callApi<T>(path: string, options: Options = {}): Promise<T> {
  if (options.scans !== true) return sendAuthorized<T>(path, options);
  const { signal, ...rest } = options;
  return scans.run(() => {
    signal?.throwIfAborted();
    // The broker goes on with a scan that the page has left and counts it, so the turn lasts until the reply.
    return sendAuthorized<T>(path, rest);
  });
}

async function sendAuthorized<T>(path: string, options: Options): Promise<T> {
  const token = await bearer();
  if (token === null) throw new ApiProblem(401, SESSION_ENDED);
  const reply = await send(path, options, token);
  if (reply.status !== 401) return read<T>(reply);
  const renewed = await renew();
  if (renewed === null) throw new ApiProblem(401, SESSION_ENDED);
  return read<T>(await send(path, options, renewed));
}

async function send(
  path: string,
  { method = 'GET', body, signal }: Options,
  token: string,
): Promise<Response> {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  try {
    const reply = await fetch(new URL(`../${path}`, location.href), {
      method,
      headers: { authorization: `Bearer ${token}`, ...type },
      cache: 'no-store',
      credentials: 'omit',
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

async function read<T>(reply: Response): Promise<T> {
  const text = await reply.text();
  if (reply.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
  const problem = readProblem(reply.status, text, reply.headers.get('retry-after'));
  if (problem.code === 'misconfigured') changeConnection({ misconfigured: true });
  throw problem;
}
