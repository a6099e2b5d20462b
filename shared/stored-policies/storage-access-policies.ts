import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import { isManagedId, type PolicyList, type StoredPolicy } from './stored-policy.ts';

/** One service's own way to its policies. May throw whatever its SDK throws. */
export interface AccessPolicies {
  read(entrance: Entrance, signal: AbortSignal): Promise<PolicyList>;
  /** Sends it once: what becomes of a request that storage did not answer is not known. */
  replace(entrance: Entrance, list: PolicyList, signal: AbortSignal): Promise<unknown>;
}

/** A container, queue, table or share, and the key that opens it: policies can be reached with an account key only. */
export interface Entrance {
  readonly account: StorageAccount;
  readonly name: string;
  readonly key: SecretText;
}

/** Of reads. */
export const RETRIES = { maxTries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 500 };
/**
 * Of replacements: a try that was not answered can still land, after the next one and over what others have put by
 * then. So nothing is sent again, and the lease outlasts it.
 */
export const ONE_TRY = { maxTries: 1 };

/** The blob, queue and file SDKs' words for a policy. */
export interface SignedIdentifier {
  readonly id: string;
  readonly accessPolicy?: {
    readonly startsOn?: Date;
    readonly expiresOn?: Date;
    readonly permissions?: string;
  };
}

export function policyOf({ id, accessPolicy }: SignedIdentifier): StoredPolicy {
  return {
    id,
    startsAt: accessPolicy?.startsOn ?? null,
    expiresAt: accessPolicy?.expiresOn ?? null,
    permissions: accessPolicy?.permissions ?? '',
    managed: isManagedId(id),
  };
}

/** `permissions` is left out rather than empty: an empty text would be a policy that holds no permission. */
export function signedIdentifierOf({ id, startsAt, expiresAt, permissions }: StoredPolicy) {
  const accessPolicy = {
    ...(startsAt && { startsOn: startsAt }),
    ...(expiresAt && { expiresOn: expiresAt }),
    ...(permissions === '' ? {} : { permissions }),
  };
  // The SDKs' types ask for all three, their code for none.
  return { id, accessPolicy: accessPolicy as Required<typeof accessPolicy> };
}
