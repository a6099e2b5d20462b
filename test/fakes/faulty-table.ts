import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { answer, type Answer, answerError, bodyOf, createServer, send } from './faulty-table-relay.ts';

/**
 * What can go wrong with one request to a table:
 * - `refuse`: 503 ServerBusy without forwarding; `error`: 500 OperationTimedOut without forwarding.
 * - `lose-request`: the connection breaks before the request is forwarded; `lose-reply`: it breaks after storage
 *   answered, so a write takes effect; `late`: it breaks at once, and storage gets the request `delayMs` later.
 * - `hang`: no reply, and the request is not forwarded; `delay`: the request succeeds `delayMs` later; `hold`: it
 *   succeeds once `release` is called.
 */
export const FAULTS = [
  'refuse',
  'error',
  'lose-request',
  'lose-reply',
  'late',
  'hang',
  'delay',
  'hold',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultyTableOptions {
  /** The table service's base URL. Requests keep their path, so clients use the proxy's URL instead. */
  readonly target: string;
  /** Determines, with the order of requests, which requests fail and how. */
  readonly seed: number;
  /** One request in this many fails at random; 1: every request; 0: none. */
  readonly failEvery: number;
  /** The faults to choose from. Default: the first four. */
  readonly faults?: readonly Fault[];
  /** The requests to fail. Default: `write`. */
  readonly only?: 'write' | 'read' | 'any';
  /** Fails only requests with this text in their body. Default: all. */
  readonly containing?: string;
  readonly delayMs?: number;
  /** Files of a certificate that the client trusts. If given, the proxy serves HTTPS. */
  readonly certificate?: { readonly certFile: string; readonly keyFile: string };
}

export interface FaultyTableStats {
  /** Number of requests by what happened to them. */
  readonly done: Record<Fault | 'forwarded', number>;
  requests: number;
  /** Number of writes: transactions and single inserts. */
  writes: number;
}

export interface FaultyTable {
  /** The proxy's base URL, without a trailing slash. Use it instead of the target's. */
  readonly url: string;
  readonly stats: FaultyTableStats;
  /** Changes what happens to requests from now on. */
  set(
    change: Partial<Pick<FaultyTableOptions, 'failEvery' | 'faults' | 'only' | 'containing' | 'delayMs'>>,
  ): void;
  /** Lets the requests go on that are held now. */
  release(): void;
  /** Breaks all connections. */
  stop(): Promise<void>;
}

/** Starts a proxy in front of a table service that fails some requests and forwards the others unchanged. */
export async function startFaultyTable(options: FaultyTableOptions): Promise<FaultyTable> {
  const defaults = { only: 'write', delayMs: 200, faults: FAULTS.slice(0, 4), containing: '' } as const;
  const settings: Required<Omit<FaultyTableOptions, 'certificate'>> = { ...defaults, ...options };
  const done = Object.fromEntries(['forwarded', ...FAULTS].map((name) => [name, 0]));
  const stats: FaultyTableStats = { done: done as FaultyTableStats['done'], requests: 0, writes: 0 };
  const random = mulberry32(options.seed);
  let held: (() => void)[] = [];
  const hold = (): Promise<void> => new Promise((resolve) => held.push(resolve));
  // The proxy does not verify storage: it runs on the same machine with the stack's certificate.
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

  const choose = (write: boolean, body: Buffer): Fault | null => {
    const isCandidate = settings.only === 'any' || (settings.only === 'write') === write;
    if (
      !isCandidate ||
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
    if (fault === 'hold') await hold();
    await respond(fault, forward, response, settings.delayMs);
  };
  const server = createServer(options.certificate, (request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `${options.certificate ? 'https' : 'http'}://127.0.0.1:${port}`,
    stats,
    set: (change) => Object.assign(settings, change),
    release: () => {
      for (const resolve of held) resolve();
      held = [];
    },
    stop: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function respond(
  fault: Fault | null,
  forward: () => Promise<Answer>,
  response: ServerResponse,
  delayMs: number,
): Promise<void> {
  switch (fault) {
    case 'refuse':
      answerError(response, 503, 'ServerBusy');
      return;
    case 'error':
      answerError(response, 500, 'OperationTimedOut');
      return;
    case 'lose-request':
      response.destroy();
      return;
    case 'lose-reply':
      await forward();
      response.destroy();
      return;
    case 'late':
      response.destroy();
      await pause(delayMs);
      await forward();
      return;
    case 'hang':
      return;
    case 'delay':
      await pause(delayMs);
      answer(response, await forward());
      return;
    case 'hold':
    case null:
      answer(response, await forward());
      return;
  }
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Returns a small seeded generator of random numbers from 0 to 1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
