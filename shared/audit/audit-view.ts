import { z } from 'zod';
import type { Resource } from '../azure/resources.ts';
import { AGENT_KINDS } from '../azure/sas-kinds.ts';
import { KEY_NAMES, RESOURCE_TYPES, SERVICES } from '../azure/services.ts';
import { formatInstant } from '../iso-time.ts';
import type { SignedWith } from './audit-record.ts';

const instant = z.iso.datetime();
const secretKey = z.object({
  key: z.enum(KEY_NAMES).nullable(),
  secretVersion: z.string(),
  keyId: z
    .string()
    .nullable()
    .describe('Identifies the key’s value: the digits that storage logs show after the key’s name'),
});
const delegationKey = z.object({
  delegationKey: z.object({ objectId: z.string(), startsAt: instant, expiresAt: instant }),
});
/** The key that signed a token, in a reply. */
export const signedWithSchema = z.union([secretKey, delegationKey]);

/** The identity that a token names as its user, in a reply. */
export const agentSchema = z.object({ kind: z.enum(AGENT_KINDS), objectId: z.string() }).nullable();
/** The only user who can use a token, in a reply. */
export const boundToSchema = z
  .string()
  .nullable()
  .describe(
    'Object id of the only user who can use the token; storage also requires a bearer token of that user',
  );

/** A resource in a reply. It has the same members as in a request. */
export const resourceViewSchema = z.object({
  account: z.string(),
  service: z.enum(SERVICES).optional(),
  container: z.string().optional(),
  blob: z.string().optional(),
  snapshot: z.string().optional(),
  versionId: z.string().optional(),
  directory: z.string().optional(),
  queue: z.string().optional(),
  table: z.string().optional(),
  partitionKeyStart: z.string().optional(),
  partitionKeyEnd: z.string().optional(),
  rowKeyStart: z.string().optional(),
  rowKeyEnd: z.string().optional(),
  share: z.string().optional(),
  file: z.string().optional(),
  services: z.array(z.enum(SERVICES)).optional(),
  resourceTypes: z.array(z.enum(RESOURCE_TYPES)).optional(),
});

/** Returns a resource as replies show it. */
export function resourceView(resource: Resource): z.infer<typeof resourceViewSchema> {
  if ('services' in resource)
    return { ...resource, services: [...resource.services], resourceTypes: [...resource.resourceTypes] };
  return { ...resource };
}

/** Returns the key that signed a token, as replies show it. */
export function signedWithView(signedWith: SignedWith): z.infer<typeof signedWithSchema> {
  if ('key' in signedWith) return signedWith;
  const { objectId, startsAt, expiresAt } = signedWith.delegationKey;
  return {
    delegationKey: { objectId, startsAt: formatInstant(startsAt), expiresAt: formatInstant(expiresAt) },
  };
}
