import { StorageManagementClient } from '@azure/arm-storage';
import type { TokenCredential } from '@azure/identity';
import { type Cloud, resourceManagerOf } from '../azure/clouds.ts';

export interface ArmClientOptions {
  /** The rotator's own identity. */
  readonly credential: TokenCredential;
  /** Resource Manager's URL, HTTPS, without a trailing slash. */
  readonly endpoint: string;
  /** Determines the audience of the access tokens, whatever the URL. */
  readonly cloud: Cloud;
}

/** The request was cancelled before any of it was sent. */
export class NeverSent extends Error {
  override readonly name = 'NeverSent';

  constructor() {
    super('the deadline passed before the request was sent');
  }
}

/**
 * Returns a client that sends each request once and logs nothing.
 * @param limits `lastMoment` (on the scale of `performance.now()`): no request is sent after it, however long the
 * credential took or the process was suspended.
 */
export function armStorageClient(
  { credential, endpoint, cloud }: ArmClientOptions,
  subscription: string,
  limits: { readonly lastMoment: number } | null = null,
): StorageManagementClient {
  const client = new StorageManagementClient(credential, subscription, {
    endpoint,
    credentials: { scopes: [`${resourceManagerOf(cloud)}/.default`] },
    retryOptions: { maxRetries: 0 },
  });
  // With AZURE_LOG_LEVEL set, the policy would log URLs and headers.
  client.pipeline.removePolicy({ name: 'logPolicy' });
  if (limits !== null)
    client.pipeline.addPolicy(
      {
        name: 'lastMoment',
        sendRequest: (request, next) => {
          if (performance.now() < limits.lastMoment) return next(request);
          return Promise.reject(new NeverSent());
        },
      },
      // After the credential, so that nothing but the network comes later.
      { afterPhase: 'Sign' },
    );
  return client;
}
