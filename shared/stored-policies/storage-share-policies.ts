import {
  ShareServiceClient,
  StorageSharedKeyCredential,
  type StorageRetryOptions,
} from '@azure/storage-file-share';
import {
  ONE_TRY,
  policyOf,
  RETRIES,
  signedIdentifierOf,
  type AccessPolicies,
  type Entrance,
} from './storage-access-policies.ts';

/** Policies of file shares. */
export const sharePolicies: AccessPolicies = {
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
  const service = new ShareServiceClient(account.endpoints.file, credential, { retryOptions });
  return service.getShareClient(name);
}
