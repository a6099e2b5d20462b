import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import {
  policyOf,
  RETRIES,
  signedIdentifierOf,
  type AccessPolicies,
  type Entrance,
} from './storage-access-policies.ts';

/** Policies of blob containers; Set Container ACL also sets the public access level. */
export const containerPolicies: AccessPolicies = {
  async read(entrance, abortSignal) {
    const { signedIdentifiers, blobPublicAccess } = await clientOf(entrance).getAccessPolicy({ abortSignal });
    return { policies: signedIdentifiers.map(policyOf), publicAccess: blobPublicAccess ?? null };
  },
  replace(entrance, { policies, publicAccess }, abortSignal) {
    const identifiers = policies.map(signedIdentifierOf);
    return clientOf(entrance).setAccessPolicy(publicAccess ?? undefined, identifiers, { abortSignal });
  },
};

function clientOf({ account, name, key }: Entrance) {
  const credential = new StorageSharedKeyCredential(account.name, key.reveal());
  const service = new BlobServiceClient(account.endpoints.blob, credential, { retryOptions: RETRIES });
  return service.getContainerClient(name);
}
