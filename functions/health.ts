import { z } from 'zod';
import type { Broker } from '../shared/compose/compose.ts';
import { formatInstant } from '../shared/iso-time.ts';
import type { Call, Reply } from './route.ts';

export const healthSchema = z.object({ status: z.literal('up') });

export const readinessSchema = z.object({
  status: z.enum(['ready', 'degraded', 'unavailable']),
  checks: z
    .array(z.object({ name: z.string(), status: z.enum(['ok', 'failing']), detail: z.string().nullable() }))
    .optional()
    .describe('For operators'),
  load: z
    .object({
      eventLoopDelayMs: z
        .int()
        .describe('The longest time that the event loop was blocked in the last 30 seconds'),
      waitingRows: z.int().describe('Audit rows that wait or are being written'),
    })
    .optional()
    .describe('For operators: how busy the instance that answers is'),
  lastTickAt: z
    .string()
    .nullable()
    .optional()
    .describe(
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
