import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables';
import type { AccessPolicies, Entrance } from './storage-access-policies.ts';
import { isManagedId, type StoredPolicy } from './stored-policy.ts';

const RETRIES = { maxRetries: 1, retryDelayInMs: 100, maxRetryDelayInMs: 500 };
/** As `ONE_TRY`. */
const NONE = { maxRetries: 0 };

/** Policies of tables, whose SDK has words of its own. */
export const tablePolicies: AccessPolicies = {
  async read(entrance, abortSignal) {
    const identifiers = await clientOf(entrance, RETRIES).getAccessPolicy({ abortSignal });
    const policies = identifiers.map(({ id, accessPolicy }) => ({
      id,
      startsAt: accessPolicy?.start ?? null,
      expiresAt: accessPolicy?.expiry ?? null,
      permissions: accessPolicy?.permission ?? '',
      managed: isManagedId(id),
    }));
    return { policies, publicAccess: null };
  },
  replace(entrance, { policies }, abortSignal) {
    return clientOf(entrance, NONE).setAccessPolicy(policies.map(identifierOf), { abortSignal });
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

function clientOf({ account, name, key }: Entrance, retryOptions: typeof RETRIES | typeof NONE) {
  const credential = new AzureNamedKeyCredential(account.name, key.reveal());
  return new TableClient(account.endpoints.table, name, credential, { retryOptions });
}
