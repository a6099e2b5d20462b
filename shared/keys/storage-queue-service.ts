import type { TokenCredential } from '@azure/identity';
import { QueueServiceClient, type StoragePipelineOptions } from '@azure/storage-queue';

/** Returns a client of an account's queue service. This file brings its SDK, so it is imported when it is needed. */
export function queueService(
  endpoint: string,
  credential: TokenCredential,
  options: StoragePipelineOptions,
): QueueServiceClient {
  return new QueueServiceClient(endpoint, credential, options);
}
