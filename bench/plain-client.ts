import { Agent } from 'node:http';
import { AzureNamedKeyCredential, type TableClient } from '@azure/data-tables';
import { auditTableClient } from '../shared/tables/table-client.ts';

const KEY = Buffer.alloc(64, 1).toString('base64');

/** Returns the broker's client for a table server without TLS: its cost would hide the rest. */
export function plainTableClient(url: string): TableClient {
  const client = auditTableClient(`${url}/bench`, 'Audit', new AzureNamedKeyCredential('bench', KEY));
  const agent = new Agent({ keepAlive: true });
  client.pipeline.addPolicy({
    name: 'allow-http',
    sendRequest: (request, next) => next(Object.assign(request, { agent, allowInsecureConnection: true })),
  });
  return client;
}
