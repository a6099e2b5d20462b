import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables';
import type { AccessPolicies, KeyedPlace } from './storage-access-policies.ts';
import { isManagedId, type StoredPolicy } from './stored-policy.ts';

const READ_RETRIES = { maxRetries: 1, retryDelayInMs: 100, maxRetryDelayInMs: 500 };
const NO_RETRIES = { maxRetries: 0 };

/** Policies of tables, whose SDK has its own names for a policy's members. */
export const tablePolicies: AccessPolicies = {
  async read(place, abortSignal) {
    const identifiers = await clientOf(place, READ_RETRIES).getAccessPolicy({ abortSignal });
    const policies = identifiers.map(({ id, accessPolicy }) => ({
      id,
      startsAt: accessPolicy?.start ?? null,
      expiresAt: accessPolicy?.expiry ?? null,
      permissions: accessPolicy?.permission ?? '',
      managed: isManagedId(id),
    }));
    return { policies, publicAccess: null };
  },
  replace(place, { policies }, abortSignal) {
    return clientOf(place, NO_RETRIES).setAccessPolicy(policies.map(identifierOf), { abortSignal });
  },
};

function identifierOf({ id, startsAt, expiresAt, permissions }: StoredPolicy) {
  return {
    id,
    accessPolicy: {
      ...(startsAt && { start: startsAt }),
      ...(expiresAt && { expiry: expiresAt }),
      ...(permissions === '' ? {} : { permission: permissions }),
    },
  };
}

function clientOf({ account, name, key }: KeyedPlace, retryOptions: typeof READ_RETRIES | typeof NO_RETRIES) {
  const credential = new AzureNamedKeyCredential(account.name, key.reveal());
  return new TableClient(account.endpoints.table, name, credential, { retryOptions });
}
