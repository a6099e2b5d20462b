import {
  AccountSASPermissions,
  generateAccountSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { z } from 'zod';
import { RESOURCE_TYPES, SERVICES, type AccountResource, type Service } from '../azure-storage.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { tokenFields, unsigned } from './sas-fields.ts';
import { makeQuery, sdkValues } from './sas-making.ts';
import type { SigningKey } from './signer.ts';

const PROTOCOLS = { https: SASProtocol.Https, 'https,http': SASProtocol.HttpsAndHttp } as const;

export { accountResourceFaults } from './account-names.ts';

/** Azure's order of `ss`. */
const SERVICE_LETTERS: readonly (readonly [Service, string])[] = [
  ['blob', 'b'],
  ['file', 'f'],
  ['queue', 'q'],
  ['table', 't'],
];

/** `resource` of a token request for an account SAS: its shape; `accountResourceFaults` looks for repetitions. */
export const accountResourceSchema = z.strictObject({
  account: z.string().optional().describe('May be left out where one account is configured.'),
  services: z.array(z.enum(SERVICES)).min(1, 'must name at least one'),
  resourceTypes: z
    .array(z.enum(RESOURCE_TYPES))
    .min(1, 'must name at least one')
    .describe(
      'service: operations on the service; container: also on queues, tables, shares; object: also on messages, entities, files.',
    ),
});

/** The endpoint of the first of blob, queue, table and file that the token covers. */
export function accountUrl(account: StorageAccount, { services }: AccountResource): string {
  const first = SERVICES.find((service) => services.includes(service)) ?? 'blob';
  return `${account.endpoints[first]}/`;
}

/**
 * Signs an account SAS, for tables too: their own SDK leaves out a line that storage signs since 2020-12-06.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` where the token would not carry all of what was authorized, and only that.
 */
export function signAccount(token: AuthorizedToken, resource: AccountResource, key: SigningKey): string {
  if (key.kind !== 'service') throw unsigned('skoid', 'is nothing that an account SAS signs');
  const { name } = token.account;
  const services = SERVICE_LETTERS.filter(([service]) => resource.services.includes(service));
  const ss = services.map(([, letter]) => letter).join('');
  const srt = RESOURCE_TYPES.filter((type) => resource.resourceTypes.includes(type))
    .map((type) => type.charAt(0))
    .join('');
  const fields = tokenFields(token, 'account', key, null).set('ss', ss).set('srt', srt);
  return makeQuery({
    layout: 'account',
    fields,
    outside: { canonicalName: name },
    key,
    sdkQuery: () => {
      const credential = new StorageSharedKeyCredential(name, key.key.value.reveal());
      return generateAccountSASQueryParameters(
        signatureValues(token, ss, srt, fields.get('sp')),
        credential,
      ).toString();
    },
    // The SDK writes `btqf`, and letters in an order of its own.
    respelled: ['sp', 'ss'],
  });
}

function signatureValues(token: AuthorizedToken, services: string, resourceTypes: string, letters = '') {
  const { encryptionScope } = token;
  const { startsOn, ipRange } = sdkValues(token);
  return {
    version: token.account.sasVersion,
    services,
    resourceTypes,
    permissions: AccountSASPermissions.parse(letters),
    ...(startsOn === undefined ? {} : { startsOn }),
    expiresOn: token.expiresAt,
    ...(ipRange === undefined ? {} : { ipRange }),
    protocol: PROTOCOLS[token.protocol],
    ...(encryptionScope === null ? {} : { encryptionScope }),
  };
}
