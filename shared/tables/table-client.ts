import { Agent } from 'node:https';
import { type NamedKeyCredential, TableClient } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';

/**
 * The client closes a connection that is idle for longer: Azure's front ends and NAT drop idle connections silently, and
 * a write on a dropped connection has an unknown outcome.
 */
const IDLE_CONNECTION_MS = 30_000;

/** One for all clients: a broker's tables are usually in one account, and a new connection takes longer than a write. */
const agent = new Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS });

/**
 * Returns a client of the audit table that sends each request once and reuses its connections.
 * @param endpoint the account's HTTPS table endpoint without the table's name; it may have a path.
 */
export function auditTableClient(
  endpoint: string,
  table: string,
  credential: TokenCredential | NamedKeyCredential,
): TableClient {
  // The constructor distinguishes the credentials at run time; its overloads do not accept a union.
  const client = new TableClient(endpoint, table, credential as TokenCredential, {
    // The SDK would repeat a write without checking whether the first one took effect.
    retryOptions: { maxRetries: 0 },
  });
  client.pipeline.addPolicy(
    {
      name: 'keptConnections',
      // If there is a proxy, its agent is already set and stays.
      sendRequest: (request, next) => {
        request.agent ??= agent;
        return next(request);
      },
    },
    { afterPhase: 'Retry' },
  );
  return client;
}
