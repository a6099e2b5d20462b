import * as z from 'zod/mini';
import { MAX_ERRORS } from './problem.ts';
import { described } from '../shared/input/described.ts';

/** RFC 9457, with the members of docs/http-api.md. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
  errors: described(
    z.optional(z.array(z.object({ path: z.string(), message: z.string() })).check(z.maxLength(MAX_ERRORS))),
    'The first faults of the request',
  ),
  errorCount: described(z.optional(z.int()), 'How many faults the request has, even if errors lists fewer'),
});
