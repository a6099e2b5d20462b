import {
  QueueServiceClient,
  StorageSharedKeyCredential,
  type StorageRetryOptions,
} from '@azure/storage-queue';
import {
  ONE_TRY,
  policyOf,
  RETRIES,
  signedIdentifierOf,
  type AccessPolicies,
  type Entrance,
} from './storage-access-policies.ts';

/** Policies of queues. */
export const queuePolicies: AccessPolicies = {
  async read(entrance, abortSignal) {
    const { signedIdentifiers } = await clientOf(entrance, RETRIES).getAccessPolicy({ abortSignal });
    return { policies: signedIdentifiers.map(policyOf), publicAccess: null };
  },
  replace(entrance, { policies }, abortSignal) {
    return clientOf(entrance, ONE_TRY).setAccessPolicy(policies.map(signedIdentifierOf), { abortSignal });
  },
};

function clientOf({ account, name, key }: Entrance, retryOptions: StorageRetryOptions) {
  const credential = new StorageSharedKeyCredential(account.name, key.reveal());
  const service = new QueueServiceClient(account.endpoints.queue, credential, { retryOptions });
  return service.getQueueClient(name);
}
