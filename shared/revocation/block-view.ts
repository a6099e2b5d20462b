import * as z from 'zod/mini';
import { formatInstant } from '../iso-time.ts';
import type { Block } from './block.ts';
import { described } from '../input/described.ts';

/** A block in a reply. */
export const blockSchema = z.object({
  id: z.string(),
  issuer: z.string(),
  subject: z.string(),
  reason: z.string(),
  at: z.iso.datetime(),
  by: described(z.string(), 'issuer/subject of the operator'),
  until: described(z.nullable(z.iso.datetime()), 'When the block ends on its own; null: never'),
});

/** The reply of `GET /callers/blocks`. There are so few blocks that one page holds all of them. */
export const blockListSchema = z.object({ items: z.array(blockSchema), nextCursor: z.nullable(z.string()) });

/** Returns a block as the API shows it. */
export function blockView({
  id,
  issuer,
  subject,
  reason,
  at,
  by,
  until,
}: Block): z.infer<typeof blockSchema> {
  return {
    id,
    issuer,
    subject,
    reason,
    at: formatInstant(at),
    by,
    until: until && formatInstant(until),
  };
}
