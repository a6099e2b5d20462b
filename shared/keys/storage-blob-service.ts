import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient, type StoragePipelineOptions } from '@azure/storage-blob';

/** Returns a client of an account's blob service. This file brings its SDK, so it is imported when it is needed. */
export function blobService(
  endpoint: string,
  credential: TokenCredential,
  options: StoragePipelineOptions,
): BlobServiceClient {
  return new BlobServiceClient(endpoint, credential, options);
}
