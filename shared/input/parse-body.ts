import type * as z from 'zod/mini';
import { invalidRequest } from './invalid-request.ts';
import { schemaFaults } from './schema-faults.ts';

/**
 * Reads a request's JSON by its schema.
 * @param what names the body in the error's message, such as `completion`.
 * @throws BrokerError `invalid_request` with every fault.
 */
export function parseBody<Body>(schema: z.ZodMiniType<Body>, json: unknown, what: string): Body {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalidRequest(what, schemaFaults(schema, json, parsed.error.issues, ''));
}
