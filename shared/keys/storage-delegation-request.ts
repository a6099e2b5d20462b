import type { TokenCredential } from '@azure/identity';
import type { BlobServiceClient, UserDelegationKey } from '@azure/storage-blob';
import type { ShareServiceClient } from '@azure/storage-file-share';
import type { QueueServiceClient } from '@azure/storage-queue';
import type { Service } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { loadOnce } from '../load-once.ts';
import { type DelegationKey, SecretText } from './signing-keys.ts';

/** One request to storage for a user delegation key. */
export interface DelegationKeyRequest {
  readonly account: StorageAccount;
  readonly service: Service;
  /** The tenant of the users that tokens are bound to; null: tokens are for anyone who has them. */
  readonly delegatedTenant: string | null;
  readonly startsOn: Date;
  readonly expiresOn: Date;
}

/** The clients of each identity, by account and service. A client also keeps its access token. */
const clients = new WeakMap<TokenCredential, WeakMap<StorageAccount, Map<Service, KeyGiver>>>();

const RETRIES = { maxTries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 500, tryTimeoutInMs: 2000 };

/**
 * Requests a key from the service: learn.microsoft.com/rest/api/storageservices/get-user-delegation-key.
 * @throws what the SDK throws; RangeError if the service has no such keys or returns a different key.
 */
export async function requestDelegationKey(
  request: DelegationKeyRequest,
  credential: TokenCredential,
  abortSignal: AbortSignal,
): Promise<DelegationKey> {
  const { service, startsOn, expiresOn, delegatedTenant } = request;
  const client = await clientOf(request, credential);
  abortSignal.throwIfAborted();
  const given: UserDelegationKey =
    delegatedTenant === null
      ? await client.getUserDelegationKey(startsOn, expiresOn, { abortSignal })
      : await client.getUserDelegationKey(
          { startsOn, expiresOn, delegatedUserTenantId: delegatedTenant },
          { abortSignal },
        );
  const key = delegationKeyOf(given);
  if (key.service !== service.charAt(0)) throw new RangeError('the key is for another service');
  // An endpoint that ignores the tenant returns a key for anyone, and its tokens would not be bound to a user.
  if (key.delegatedTenantId !== delegatedTenant)
    throw new RangeError('the key is not for the requested users');
  return key;
}

/** What the clients of blobs, queues and files have in common. */
type KeyGiver = Pick<BlobServiceClient | QueueServiceClient | ShareServiceClient, 'getUserDelegationKey'>;

const loadBlobService = loadOnce(() => import('./storage-blob-service.ts'));
const loadQueueService = loadOnce(() => import('./storage-queue-service.ts'));
const loadShareService = loadOnce(() => import('./storage-share-service.ts'));

async function clientOf(
  { account, service }: DelegationKeyRequest,
  credential: TokenCredential,
): Promise<KeyGiver> {
  const byAccount = clients.get(credential) ?? new WeakMap<StorageAccount, Map<Service, KeyGiver>>();
  clients.set(credential, byAccount);
  const byService = byAccount.get(account) ?? new Map<Service, KeyGiver>();
  byAccount.set(account, byService);
  const client = byService.get(service) ?? (await newClient(account, service, credential));
  byService.set(service, client);
  return client;
}

/** Loads the service's SDK with the first request to it. */
async function newClient(
  account: StorageAccount,
  service: Service,
  credential: TokenCredential,
): Promise<KeyGiver> {
  const endpoint = account.endpoints[service];
  const options = { retryOptions: RETRIES };
  switch (service) {
    case 'blob':
      return (await loadBlobService()).blobService(endpoint, credential, options);
    case 'queue':
      return (await loadQueueService()).queueService(endpoint, credential, options);
    case 'file':
      return (await loadShareService()).shareService(endpoint, credential, options);
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
    // The SDK reads an absent element as undefined or as an empty text.
    delegatedTenantId: tenant === undefined || tenant === '' ? null : tenant,
  };
}
