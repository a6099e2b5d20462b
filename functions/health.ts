import * as z from 'zod/mini';
import type { Broker } from '../shared/compose/compose.ts';
import { described } from '../shared/input/described.ts';
import { formatInstant } from '../shared/iso-time.ts';
import type { Call, Reply } from './route.ts';

export const healthSchema = z.object({ status: z.literal('up') });

export const readinessSchema = z.object({
  status: z.enum(['ready', 'degraded', 'unavailable']),
  checks: described(
    z.optional(
      z.array(
        z.object({ name: z.string(), status: z.enum(['ok', 'failing']), detail: z.nullable(z.string()) }),
      ),
    ),
    'For operators',
  ),
  load: described(
    z.optional(
      z.object({
        eventLoopDelayMs: described(
          z.int(),
          'The longest time that the event loop was blocked in the last 30 seconds',
        ),
        waitingRequests: described(z.int(), 'Requests that wait for their turn to start'),
        waitingRows: described(z.int(), 'Audit rows that wait or are being written'),
      }),
    ),
    'For operators: how busy the instance that answers is',
  ),
  lastTickAt: described(
    z.optional(z.nullable(z.string())),
    'For operators: when the timer that rotates keys last ran; null if it has not, or if that is unknown',
  ),
});

/** `GET /health/ready`: only operators see which checks failed, and how busy the instance is. */
export async function getReadiness(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const { status, checks } = await broker.readiness(call.now, call.deadline);
  const isOperator = call.caller?.roles.has('operator') === true;
  const body = isOperator
    ? { status, checks, load: broker.load(), lastTickAt: await lastTickAt(broker) }
    : { status };
  return { status: status === 'unavailable' ? 503 : 200, body };
}

/** Returns null if the record cannot be read: a check says why. */
async function lastTickAt({ rotation }: Broker): Promise<string | null> {
  const log = await rotation.ticks.load().catch(() => null);
  return log === null ? null : formatInstant(log.lastTickAt);
}
