import type { TableServiceClientOptions } from '@azure/data-tables';
import type { TokenSource } from './sas-broker.ts';
import { type SignableRequest, sendSigned } from './signed-send.ts';

/**
 * Returns options for `TableClient` and `TableServiceClient` that put a fresh SAS on every request, and replace a SAS that
 * storage refuses, once per request: `new TableClient(plainUrl, table, tableOptions(source))`, without a credential.
 */
export function tableOptions(
  source: TokenSource,
  options: TableServiceClientOptions = {},
): TableServiceClientOptions {
  const { additionalPolicies = [] } = options;
  const policy: (typeof additionalPolicies)[number]['policy'] = {
    name: 'sasTokenBroker',
    sendRequest: (request, next) =>
      sendSigned(source, request satisfies SignableRequest, () => next(request)),
  };
  return { ...options, additionalPolicies: [...additionalPolicies, { policy, position: 'perCall' }] };
}
