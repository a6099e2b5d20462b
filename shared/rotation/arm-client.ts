import { StorageManagementClient } from '@azure/arm-storage';
import type { TokenCredential } from '@azure/identity';
import { resourceManagerOf, type Cloud } from '../azure/clouds.ts';

export interface ArmClientOptions {
  /** The rotator's own identity. */
  readonly credential: TokenCredential;
  /** Resource Manager's URL, HTTPS, without a trailing slash. */
  readonly endpoint: string;
  /** Whose audience tokens are asked for, whatever the URL. */
  readonly cloud: Cloud;
}

/** The request was given up before anything of it left. */
export class NeverSent extends Error {
  override readonly name = 'NeverSent';
}

/**
 * A client that sends each request once and logs nothing.
 * @param limits `lastMoment` (as `performance.now()` counts): later than that no request leaves any more, however long
 * a credential took or the process was suspended.
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
  // AZURE_LOG_LEVEL would have it write down URLs and headers.
  client.pipeline.removePolicy({ name: 'logPolicy' });
  if (limits !== null)
    client.pipeline.addPolicy(
      {
        name: 'lastMoment',
        sendRequest: (request, next) => {
          if (performance.now() < limits.lastMoment) return next(request);
          return Promise.reject(new NeverSent('the deadline passed before it was sent'));
        },
      },
      // After the credential, so the last thing before the network.
      { afterPhase: 'Sign' },
    );
  return client;
}
