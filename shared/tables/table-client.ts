import { Agent } from 'node:https';
import { TableClient, type NamedKeyCredential } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';

/**
 * A connection idle for longer is closed here: Azure's front ends and NAT drop idle connections silently, and a write
 * on a dead one has an unknown outcome.
 */
const IDLE_CONNECTION_MS = 30_000;

/**
 * A client of the audit table that sends each request once, over connections that are kept.
 * @param endpoint the account's table endpoint, HTTPS, without the table's name; may carry a path.
 */
export function auditTableClient(
  endpoint: string,
  table: string,
  credential: TokenCredential | NamedKeyCredential,
): TableClient {
  // The constructor tells the credentials apart at run time; its overloads take no union.
  const client = new TableClient(endpoint, table, credential as TokenCredential, {
    // The SDK would send a write again without looking whether the first landed.
    retryOptions: { maxRetries: 0 },
  });
  const agent = new Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS });
  client.pipeline.addPolicy(
    {
      name: 'keptConnections',
      // A proxy's agent, where there is one, is set by then and stays.
      sendRequest: (request, next) => {
        request.agent ??= agent;
        return next(request);
      },
    },
    { afterPhase: 'Retry' },
  );
  return client;
}
