import type { TokenCredential } from '@azure/identity';
import { ShareServiceClient, type StoragePipelineOptions } from '@azure/storage-file-share';

/** Returns a client of an account's file service. This file brings its SDK, so it is imported when it is needed. */
export function shareService(
  endpoint: string,
  credential: TokenCredential,
  options: StoragePipelineOptions,
): ShareServiceClient {
  return new ShareServiceClient(endpoint, credential, options);
}
