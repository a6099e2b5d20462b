import { z } from 'zod';
import type { Broker } from '../shared/compose/compose.ts';
import type { Call, Reply } from './route.ts';

export const healthSchema = z.object({ status: z.literal('up') });

export const readinessSchema = z.object({
  status: z.enum(['ready', 'degraded', 'unavailable']),
  checks: z
    .array(z.object({ name: z.string(), status: z.enum(['ok', 'failing']), detail: z.string().nullable() }))
    .optional()
    .describe('For operators'),
});

/** The reply of `/health` with any configuration: the process is up. */
export const UP: Reply = { status: 200, body: { status: 'up' } };

/** `GET /health` */
export function getHealth(): Promise<Reply> {
  return Promise.resolve(UP);
}

/** `GET /health/ready`: only operators see which checks failed. */
export async function getReadiness(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const { status, checks } = await broker.readiness(call.now, call.deadline);
  const body = call.caller?.roles.has('operator') === true ? { status, checks } : { status };
  return { status: status === 'unavailable' ? 503 : 200, body };
}
