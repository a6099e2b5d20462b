import { Agent, request as send } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { startAcknowledgingAzure } from './acknowledging-azure.ts';
import { startMeasuredBroker, tokenLoad } from './measured-apps.ts';
import { type Load, withLength } from './measured-host.ts';
import { percentile } from './rounds.ts';

const DEADLINE_SECONDS = 4;
/** The share of the deadline that a request may wait: `functions/endpoint.ts`. */
const ALLOWED_WAIT_MS = DEADLINE_SECONDS * 1000 * 0.25;
const AT_ONCE = 64;
const SECONDS = 6;
/** Requests are sent in ticks of this length. */
const TICK_MS = 10;
/** Kept connections, as the Functions host keeps them to its worker. Node takes one new connection per turn of its loop. */
const CONNECTIONS = 4096;

export interface Overload {
  /** p99 of the accepted requests at twice the saturating load, relative to the allowed wait + 3 × p99 at half of it. */
  readonly worst: number;
  /** Share of requests that were refused at twice the load. */
  readonly refused: number;
  readonly refusedAtHalf: number;
}

/** Measures requests that arrive at a fixed rate, whether earlier ones were answered or not. */
export async function measureOverload(): Promise<Overload> {
  const azure = await startAcknowledgingAzure();
  const broker = await startMeasuredBroker(azure, 10, { REQUEST_DEADLINE: `PT${DEADLINE_SECONDS}S` });
  try {
    const load = await tokenLoad(azure, broker);
    // The first time only warms up.
    await saturate(load);
    const perSecond = await saturate(load);
    const half = await sendAtRate(load, perSecond / 2);
    const twice = await sendAtRate(load, perSecond * 2);
    const limitMs = ALLOWED_WAIT_MS + 3 * percentile(half.acceptedMs, 0.99);
    return {
      worst: percentile(twice.acceptedMs, 0.99) / limitMs,
      refused: twice.refused,
      refusedAtHalf: half.refused,
    };
  } finally {
    await broker.stop();
    await azure.stop();
  }
}

/**
 * Returns how many requests a second are accepted if 64 clients send one after the other.
 * @throws Error if none is: the machine is too busy.
 */
async function saturate(load: Load): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const start = performance.now();
  let accepted = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - start < SECONDS * 1000)
      if ((await statusOf(load, agent)) === load.status) accepted += 1;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  agent.destroy();
  if (accepted === 0) throw new Error('No request was accepted: the machine is too busy to measure overload');
  return (accepted * 1000) / (performance.now() - start);
}

/** @throws Error if a reply is neither a token nor a refusal for load. */
async function sendAtRate(load: Load, perSecond: number): Promise<{ acceptedMs: number[]; refused: number }> {
  const agent = await openConnections(load);
  const acceptedMs: number[] = [];
  const replies: Promise<void>[] = [];
  let refused = 0;
  const sendOne = async (): Promise<void> => {
    const start = performance.now();
    const status = await statusOf(load, agent);
    if (status === load.status) acceptedMs.push(performance.now() - start);
    else if (status === 503) refused += 1;
    else throw new Error(`The broker replied ${status}`);
  };
  const start = performance.now();
  for (let elapsed = 0; elapsed < SECONDS * 1000; elapsed = performance.now() - start) {
    while (replies.length < (elapsed / 1000) * perSecond) replies.push(sendOne());
    await pause(TICK_MS);
  }
  await Promise.all(replies);
  agent.destroy();
  return { acceptedMs, refused: refused / replies.length };
}

/** Opens every connection, by as many requests at once that cost next to nothing. */
async function openConnections({ url }: Load): Promise<Agent> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, maxFreeSockets: CONNECTIONS });
  const health = new URL('health', url);
  const open = () =>
    new Promise<void>((resolve, reject) => {
      const call = send(health, { agent }, (reply) => {
        reply.resume().once('end', () => {
          resolve();
        });
      });
      call.once('error', reject).end();
    });
  await Promise.all(Array.from({ length: CONNECTIONS }, open));
  // The host was busy with that, and must forget it.
  await pause(2 * ALLOWED_WAIT_MS);
  return agent;
}

function statusOf({ url, headers, body }: Load, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = send(url, { method: 'POST', agent, headers: withLength(headers, body) }, (reply) => {
      reply.resume().once('end', () => {
        resolve(reply.statusCode ?? 0);
      });
    });
    call.once('error', reject);
    call.end(body);
  });
}
