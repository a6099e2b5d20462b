import { BlobServiceClient, StorageSharedKeyCredential, type StorageRetryOptions } from '@azure/storage-blob';
import {
  ONE_TRY,
  policyOf,
  RETRIES,
  signedIdentifierOf,
  type AccessPolicies,
  type Entrance,
} from './storage-access-policies.ts';

/** Policies of blob containers; Set Container ACL also sets the public access level. */
export const containerPolicies: AccessPolicies = {
  async read(entrance, abortSignal) {
    const { signedIdentifiers, blobPublicAccess } = await clientOf(entrance, RETRIES).getAccessPolicy({
      abortSignal,
    });
    return { policies: signedIdentifiers.map(policyOf), publicAccess: blobPublicAccess ?? null };
  },
  replace(entrance, { policies, publicAccess }, abortSignal) {
    const identifiers = policies.map(signedIdentifierOf);
    return clientOf(entrance, ONE_TRY).setAccessPolicy(publicAccess ?? undefined, identifiers, {
      abortSignal,
    });
  },
};

function clientOf({ account, name, key }: Entrance, retryOptions: StorageRetryOptions) {
  const credential = new StorageSharedKeyCredential(account.name, key.reveal());
  const service = new BlobServiceClient(account.endpoints.blob, credential, { retryOptions });
  return service.getContainerClient(name);
}
