import * as z from 'zod/mini';
import { formatInstant } from '../iso-time.ts';
import type { PolicyStatus } from './put-policy.ts';
import { described } from '../input/described.ts';

/** A policy in a reply. */
export const storedPolicySchema = z.object({
  id: z.string(),
  startsAt: z.nullable(z.string()),
  expiresAt: z.nullable(z.string()),
  permissions: z.string(),
  managed: described(z.boolean(), 'True if the broker created the policy for revocable tokens'),
  usableAfter: described(
    z.nullable(z.string()),
    'When storage is certain to have applied the latest change; null if it already has',
  ),
});

export const storedPolicyListSchema = z.object({
  items: z.array(storedPolicySchema),
  nextCursor: z.nullable(z.string()),
});

/** Returns a policy for a reply. */
export function policyView({ policy, usableAfter }: PolicyStatus): z.infer<typeof storedPolicySchema> {
  const { id, startsAt, expiresAt, permissions, managed } = policy;
  return {
    id,
    startsAt: startsAt && formatInstant(startsAt),
    expiresAt: expiresAt && formatInstant(expiresAt),
    permissions,
    managed,
    usableAfter: usableAfter && formatInstant(usableAfter),
  };
}
