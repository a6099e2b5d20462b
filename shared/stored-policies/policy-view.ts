import { z } from 'zod';
import { formatInstant } from '../iso-time.ts';
import type { PolicyStatus } from './put-policy.ts';

/** A policy in a reply. */
export const storedPolicySchema = z.object({
  id: z.string(),
  startsAt: z.string().nullable(),
  expiresAt: z.string().nullable(),
  permissions: z.string(),
  managed: z.boolean().describe('True if the broker created the policy for revocable tokens'),
  usableAfter: z
    .string()
    .nullable()
    .describe('When storage is certain to have applied the latest change; null if it already has'),
});

export const storedPolicyListSchema = z.object({
  items: z.array(storedPolicySchema),
  nextCursor: z.string().nullable(),
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
