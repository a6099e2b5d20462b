import * as z from 'zod/mini';
import { parseInstant } from '../iso-time.ts';

/** A schema for an instant: the text of an ISO 8601 time with an offset, in years 1970 to 9998. */
export const instantSchema = z
  .string()
  .check(
    z.refine(
      (text) => parseInstant(text) !== null,
      'must be an ISO 8601 time with an offset, such as 2026-11-22T15:15:00Z, on a day that exists in the years 1970 to 9998',
    ),
  );
