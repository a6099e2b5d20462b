import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { answer, answerError, bodyOf, listener, send, type Answer } from './faulty-table-relay.ts';

/**
 * What can go wrong with one request to a table:
 * - `refuse`: 503 ServerBusy, and it was not forwarded; `error`: 500 OperationTimedOut, likewise.
 * - `lose-request`: the connection breaks before it was forwarded; `lose-reply`: after storage answered, so a write
 *   landed; `late`: the connection breaks at once, and storage gets it `delayMs` later.
 * - `hang`: no answer, ever, and not forwarded; `delay`: all is well, `delayMs` later.
 */
export const FAULTS = ['refuse', 'error', 'lose-request', 'lose-reply', 'late', 'hang', 'delay'] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultyTableOptions {
  /** The table service's base URL; requests keep their path, so the proxy's URL takes its place. */
  readonly target: string;
  /** The choice of requests to fail, and how, follows from it (and from the order in which they come). */
  readonly seed: number;
  /** One request in so many fails, by chance; 1: each; 0: none. */
  readonly failEvery: number;
  /** Those to choose from; all but `hang`, `late` and `delay` if not given. */
  readonly faults?: readonly Fault[];
  /** Requests to fail: `write` by default. */
  readonly only?: 'write' | 'read' | 'any';
  /** Only requests with this text in their body; all if not given. */
  readonly containing?: string;
  readonly delayMs?: number;
  /** Files of a certificate that the client trusts: serves HTTPS. */
  readonly certificate?: { readonly certFile: string; readonly keyFile: string };
}

export interface FaultyTableStats {
  /** Requests that came, by how they were treated. */
  readonly done: Record<Fault | 'forwarded', number>;
  requests: number;
  /** Writes that came: transactions and single inserts. */
  writes: number;
}

export interface FaultyTable {
  /** The proxy's base URL, without a trailing slash: use it as the target's. */
  readonly url: string;
  readonly stats: FaultyTableStats;
  /** Changes what happens to requests from now on. */
  set(
    change: Partial<Pick<FaultyTableOptions, 'failEvery' | 'faults' | 'only' | 'containing' | 'delayMs'>>,
  ): void;
  /** Breaks all connections. */
  stop(): Promise<void>;
}

/** A proxy before a table service that fails some requests and forwards the others as they are. */
export async function startFaultyTable(options: FaultyTableOptions): Promise<FaultyTable> {
  const defaults = { only: 'write', delayMs: 200, faults: FAULTS.slice(0, 4), containing: '' } as const;
  const settings: Required<Omit<FaultyTableOptions, 'certificate'>> = { ...defaults, ...options };
  const done = Object.fromEntries(['forwarded', ...FAULTS].map((name) => [name, 0]));
  const stats: FaultyTableStats = { done: done as FaultyTableStats['done'], requests: 0, writes: 0 };
  const random = mulberry32(options.seed);
  // The test's own trust is not the proxy's business: storage beside it uses the stack's certificate.
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

  const choose = (write: boolean, body: Buffer): Fault | null => {
    const concerned = settings.only === 'any' || (settings.only === 'write') === write;
    if (
      !concerned ||
      !body.includes(settings.containing) ||
      settings.failEvery === 0 ||
      random() >= 1 / settings.failEvery
    )
      return null;
    return settings.faults[Math.floor(random() * settings.faults.length)] ?? null;
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const write = request.method !== 'GET';
    const fault = choose(write, body);
    stats.requests += 1;
    if (write) stats.writes += 1;
    stats.done[fault ?? 'forwarded'] += 1;
    const forward = (): Promise<Answer> =>
      send(new URL(request.url ?? '/', settings.target), request, body, agent);
    await treat(fault, forward, response, settings.delayMs);
  };
  const server = listener(options.certificate, (request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `${options.certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    stats,
    set: (change) => Object.assign(settings, change),
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function treat(
  fault: Fault | null,
  forward: () => Promise<Answer>,
  response: ServerResponse,
  delayMs: number,
): Promise<void> {
  switch (fault) {
    case 'refuse': {
      answerError(response, 503, 'ServerBusy');
      return;
    }
    case 'error': {
      answerError(response, 500, 'OperationTimedOut');
      return;
    }
    case 'lose-request':
      response.destroy();
      return;
    case 'lose-reply':
      await forward();
      response.destroy();
      return;
    case 'late':
      response.destroy();
      await after(delayMs);
      await forward();
      return;
    case 'hang':
      return;
    case 'delay':
      await after(delayMs);
      {
        answer(response, await forward());
        return;
      }
    case null: {
      answer(response, await forward());
      return;
    }
  }
}

const after = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Small seeded random numbers of 0 to 1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
