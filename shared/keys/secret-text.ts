import { SERVICES } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from './signing-keys.ts';

/**
 * Writes the text of an account's secret in its `secretFormat`. A connection string has an `EndpointSuffix` if all
 * endpoints are the account's usual ones in the cloud, else each endpoint.
 * @returns text from which `parseAccountKey` reads the same key.
 */
export function secretTextOf(key: SecretText, account: StorageAccount): string {
  if (account.keys?.secretFormat !== 'connection-string') return key.reveal();
  const members = [
    'DefaultEndpointsProtocol=https',
    `AccountName=${account.name}`,
    `AccountKey=${key.reveal()}`,
    ...endpointMembers(account),
  ];
  return members.join(';');
}

function endpointMembers({ name, endpoints }: StorageAccount): string[] {
  const suffix = endpoints.blob.replace(`https://${name}.blob.`, '');
  const usual = SERVICES.every((service) => endpoints[service] === `https://${name}.${service}.${suffix}`);
  if (usual && /^[\w.-]+$/.test(suffix)) return [`EndpointSuffix=${suffix}`];
  return SERVICES.map((service) => `${member(service)}=${endpoints[service]}`);
}

const member = (service: string): string => `${service.charAt(0).toUpperCase()}${service.slice(1)}Endpoint`;
