import { z } from 'zod';
import { MAX_ERRORS } from './problem.ts';

/** RFC 9457, with the members of docs/http-api.md. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .max(MAX_ERRORS)
    .optional()
    .describe('The first faults of the request'),
  errorCount: z.int().optional().describe('How many faults the request has, even if errors lists fewer'),
});
