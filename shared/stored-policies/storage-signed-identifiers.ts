import { BlobServiceClient, type StorageRetryOptions, StorageSharedKeyCredential } from '@azure/storage-blob';
import { ShareServiceClient } from '@azure/storage-file-share';
import { QueueServiceClient } from '@azure/storage-queue';
import type { AccessPolicies, KeyedPlace } from './storage-access-policies.ts';
import { isManagedId, type PolicyList, type StoredPolicy } from './stored-policy.ts';

/** What the blob, queue and file SDKs call a policy. */
interface SignedIdentifier {
  readonly id: string;
  readonly accessPolicy?: {
    readonly startsOn?: Date;
    readonly expiresOn?: Date;
    readonly permissions?: string;
  };
}

/** The two calls that the SDKs' clients of a container, queue or share have in common. */
interface PolicyCalls {
  get(abortSignal: AbortSignal): Promise<{
    readonly signedIdentifiers: readonly SignedIdentifier[];
    readonly blobPublicAccess?: 'container' | 'blob';
  }>;
  set(
    identifiers: ReturnType<typeof signedIdentifierOf>[],
    publicAccess: PolicyList['publicAccess'],
    abortSignal: AbortSignal,
  ): Promise<unknown>;
}

type Connect = (
  place: KeyedPlace,
  credential: StorageSharedKeyCredential,
  retryOptions: StorageRetryOptions,
) => PolicyCalls;

const READ_RETRIES = { maxTries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 500 };
const NO_RETRIES = { maxTries: 1 };

/** Policies of blob containers. Set Container ACL also sets the public access level. */
export const containerPolicies = accessPolicies(({ account, name }, credential, retryOptions) => {
  const service = new BlobServiceClient(account.endpoints.blob, credential, { retryOptions });
  const client = service.getContainerClient(name);
  return {
    get: (abortSignal) => client.getAccessPolicy({ abortSignal }),
    set: (identifiers, publicAccess, abortSignal) =>
      client.setAccessPolicy(publicAccess ?? undefined, identifiers, { abortSignal }),
  };
});

/** Policies of queues. */
export const queuePolicies = accessPolicies(({ account, name }, credential, retryOptions) => {
  const service = new QueueServiceClient(account.endpoints.queue, credential, { retryOptions });
  const client = service.getQueueClient(name);
  return {
    get: (abortSignal) => client.getAccessPolicy({ abortSignal }),
    set: (identifiers, _publicAccess, abortSignal) => client.setAccessPolicy(identifiers, { abortSignal }),
  };
});

/** Policies of file shares. */
export const sharePolicies = accessPolicies(({ account, name }, credential, retryOptions) => {
  const service = new ShareServiceClient(account.endpoints.file, credential, { retryOptions });
  const client = service.getShareClient(name);
  return {
    get: (abortSignal) => client.getAccessPolicy({ abortSignal }),
    set: (identifiers, _publicAccess, abortSignal) => client.setAccessPolicy(identifiers, { abortSignal }),
  };
});

function accessPolicies(connect: Connect): AccessPolicies {
  const open = (place: KeyedPlace, retryOptions: StorageRetryOptions) =>
    connect(place, new StorageSharedKeyCredential(place.account.name, place.key.reveal()), retryOptions);
  return {
    async read(place, abortSignal) {
      const { signedIdentifiers, blobPublicAccess } = await open(place, READ_RETRIES).get(abortSignal);
      return { policies: signedIdentifiers.map(policyOf), publicAccess: blobPublicAccess ?? null };
    },
    replace(place, { policies, publicAccess }, abortSignal) {
      return open(place, NO_RETRIES).set(policies.map(signedIdentifierOf), publicAccess, abortSignal);
    },
  };
}

function policyOf({ id, accessPolicy }: SignedIdentifier): StoredPolicy {
  return {
    id,
    startsAt: accessPolicy?.startsOn ?? null,
    expiresAt: accessPolicy?.expiresOn ?? null,
    permissions: accessPolicy?.permissions ?? '',
    managed: isManagedId(id),
  };
}

/** Leaves out empty `permissions`: an empty text would be a policy that sets no permission at all. */
function signedIdentifierOf({ id, startsAt, expiresAt, permissions }: StoredPolicy) {
  const accessPolicy = {
    ...(startsAt && { startsOn: startsAt }),
    ...(expiresAt && { expiresOn: expiresAt }),
    ...(permissions === '' ? {} : { permissions }),
  };
  // The SDKs' types require all three members; their code requires none.
  return { id, accessPolicy: accessPolicy as Required<typeof accessPolicy> };
}
