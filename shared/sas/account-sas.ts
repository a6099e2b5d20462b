import {
  AccountSASPermissions,
  generateAccountSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { type AccountResource } from '../azure/resources.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { tokenFields, unsigned } from './sas-fields.ts';
import { makeQuery, sdkValues } from './sas-making.ts';
import { RESOURCE_TYPES, type Service } from '../azure/services.ts';
import type { SigningKey } from '../keys/signing-keys.ts';

const PROTOCOLS = { https: SASProtocol.Https, 'https,http': SASProtocol.HttpsAndHttp } as const;

/** Azure's order of `ss`. */
const SERVICE_LETTERS: readonly (readonly [Service, string])[] = [
  ['blob', 'b'],
  ['file', 'f'],
  ['queue', 'q'],
  ['table', 't'],
];

/**
 * Signs an account SAS, for tables too: their own SDK leaves out a line that storage signs since 2020-12-06.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` where the token would not carry all of what was authorized, and only that.
 */
export function signAccount(token: AuthorizedToken, resource: AccountResource, key: SigningKey): string {
  if (key.kind !== 'account') throw unsigned('skoid', 'is nothing that an account SAS signs');
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
      const credential = new StorageSharedKeyCredential(name, key.value.reveal());
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
