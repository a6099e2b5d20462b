import { z } from 'zod';
import { ROLES } from '../config/broker-config.ts';

/** The reply of `GET /me`. */
export const meSchema = z.object({
  issuer: z.string().describe('The id of the issuer in broker.json'),
  subject: z.string(),
  name: z.string().nullable(),
  ip: z.string().nullable().describe('The address that the request came from, as the broker sees it'),
  roles: z.array(z.enum(ROLES)).describe('Roles in the broker, not the claim `roles`'),
  grants: z.int().describe('How many grants are in force for the caller'),
  now: z.iso.datetime(),
});
