import * as z from 'zod/mini';
import type { Resource } from '../azure/resources.ts';
import { AGENT_KINDS } from '../azure/sas-kinds.ts';
import { KEY_NAMES, RESOURCE_TYPES, SERVICES } from '../azure/services.ts';
import { formatInstant } from '../iso-time.ts';
import type { SignedWith } from './audit-record.ts';
import { described } from '../input/described.ts';

const instant = z.iso.datetime();
const secretKey = z.object({
  key: z.nullable(z.enum(KEY_NAMES)),
  secretVersion: z.string(),
  keyId: described(
    z.nullable(z.string()),
    'Identifies the key’s value: the digits that storage logs show after the key’s name',
  ),
});
const delegationKey = z.object({
  delegationKey: z.object({ objectId: z.string(), startsAt: instant, expiresAt: instant }),
});
/** The key that signed a token, in a reply. */
export const signedWithSchema = z.union([secretKey, delegationKey]);

/** The identity that a token names as its user, in a reply. */
export const agentSchema = z.nullable(z.object({ kind: z.enum(AGENT_KINDS), objectId: z.string() }));
/** The only user who can use a token, in a reply. */
export const boundToSchema = described(
  z.nullable(z.string()),
  'Object id of the only user who can use the token; storage also requires a bearer token of that user',
);

/** A resource in a reply. It has the same members as in a request. */
export const resourceViewSchema = z.object({
  account: z.string(),
  service: z.optional(z.enum(SERVICES)),
  container: z.optional(z.string()),
  blob: z.optional(z.string()),
  snapshot: z.optional(z.string()),
  versionId: z.optional(z.string()),
  directory: z.optional(z.string()),
  queue: z.optional(z.string()),
  table: z.optional(z.string()),
  partitionKeyStart: z.optional(z.string()),
  partitionKeyEnd: z.optional(z.string()),
  rowKeyStart: z.optional(z.string()),
  rowKeyEnd: z.optional(z.string()),
  share: z.optional(z.string()),
  file: z.optional(z.string()),
  services: z.optional(z.array(z.enum(SERVICES))),
  resourceTypes: z.optional(z.array(z.enum(RESOURCE_TYPES))),
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
