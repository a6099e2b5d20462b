import { ShareServiceClient, StorageSharedKeyCredential } from '@azure/storage-file-share';
import {
  policyOf,
  RETRIES,
  signedIdentifierOf,
  type AccessPolicies,
  type Entrance,
} from './storage-access-policies.ts';

/** Policies of file shares. */
export const sharePolicies: AccessPolicies = {
  async read(entrance, abortSignal) {
    const { signedIdentifiers } = await clientOf(entrance).getAccessPolicy({ abortSignal });
    return { policies: signedIdentifiers.map(policyOf), publicAccess: null };
  },
  replace(entrance, { policies }, abortSignal) {
    return clientOf(entrance).setAccessPolicy(policies.map(signedIdentifierOf), { abortSignal });
  },
};

function clientOf({ account, name, key }: Entrance) {
  const credential = new StorageSharedKeyCredential(account.name, key.reveal());
  const service = new ShareServiceClient(account.endpoints.file, credential, { retryOptions: RETRIES });
  return service.getShareClient(name);
}
