import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import type { UserDelegationKey } from '@azure/storage-blob';
import { ShareServiceClient } from '@azure/storage-file-share';
import { QueueServiceClient } from '@azure/storage-queue';
import type { StorageAccount } from '../config/broker-config.ts';
import { type DelegationKey, SecretText } from './signing-keys.ts';
import type { Service } from '../azure/services.ts';

/** One question to storage for a user delegation key. */
export interface DelegationKeyRequest {
  readonly account: StorageAccount;
  readonly service: Service;
  /** Of the users that tokens are bound to; null: tokens are for anyone who holds them. */
  readonly delegatedTenant: string | null;
  readonly startsOn: Date;
  readonly expiresOn: Date;
}

const RETRIES = { maxTries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 500, tryTimeoutInMs: 2000 };

/**
 * Asks the service itself for a key: learn.microsoft.com/rest/api/storageservices/get-user-delegation-key.
 * @throws what the SDK throws; RangeError where the service has no such keys or gave another than was asked for.
 */
export async function requestDelegationKey(
  request: DelegationKeyRequest,
  credential: TokenCredential,
  abortSignal: AbortSignal,
): Promise<DelegationKey> {
  const { service, startsOn, expiresOn, delegatedTenant } = request;
  const client = clientOf(request, credential);
  const given: UserDelegationKey =
    delegatedTenant === null
      ? await client.getUserDelegationKey(startsOn, expiresOn, { abortSignal })
      : await client.getUserDelegationKey(
          { startsOn, expiresOn, delegatedUserTenantId: delegatedTenant },
          { abortSignal },
        );
  const key = delegationKeyOf(given);
  if (key.service !== service.charAt(0)) throw new RangeError('the key is of another service');
  // An endpoint that ignores the tenant gives a key for anyone, and no token of it would be bound.
  if (key.delegatedTenantId !== delegatedTenant)
    throw new RangeError('the key is not for the users asked for');
  return key;
}

/** What the clients of blobs, queues and files have in common. */
type KeyGiver = Pick<BlobServiceClient | QueueServiceClient | ShareServiceClient, 'getUserDelegationKey'>;

function clientOf({ account, service }: DelegationKeyRequest, credential: TokenCredential): KeyGiver {
  const endpoint = account.endpoints[service];
  const options = { retryOptions: RETRIES };
  switch (service) {
    case 'blob':
      return new BlobServiceClient(endpoint, credential, options);
    case 'queue':
      return new QueueServiceClient(endpoint, credential, options);
    case 'file':
      return new ShareServiceClient(endpoint, credential, options);
    case 'table':
      throw new RangeError('tables have no user delegation keys here');
  }
}

function delegationKeyOf(given: UserDelegationKey): DelegationKey {
  const { signedDelegatedUserTenantId: tenant } = given;
  return {
    kind: 'user-delegation',
    value: new SecretText(given.value),
    objectId: given.signedObjectId,
    tenantId: given.signedTenantId,
    service: given.signedService,
    version: given.signedVersion,
    startsAt: given.signedStartsOn,
    expiresAt: given.signedExpiresOn,
    // An absent element is read as undefined or as an empty text.
    delegatedTenantId: tenant === undefined || tenant === '' ? null : tenant,
  };
}
