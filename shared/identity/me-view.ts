import * as z from 'zod/mini';
import { ROLES } from '../config/broker-config.ts';
import { described } from '../input/described.ts';

/** The reply of `GET /me`. */
export const meSchema = z.object({
  issuer: described(z.string(), 'The id of the issuer in broker.json'),
  subject: z.string(),
  name: z.nullable(z.string()),
  ip: described(z.nullable(z.string()), 'The address that the request came from, as the broker sees it'),
  roles: described(z.array(z.enum(ROLES)), 'Roles in the broker, not the claim `roles`'),
  grants: described(z.int(), 'How many grants are in force for the caller'),
  now: z.iso.datetime(),
});
