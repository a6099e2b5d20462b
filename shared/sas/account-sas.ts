import {
  AccountSASPermissions,
  type AccountSASSignatureValues,
  generateAccountSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { type AccountResource } from '../azure/resources.ts';
import { RESOURCE_TYPES, type Service } from '../azure/services.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { signingError, tokenFields } from './sas-fields.ts';
import { makeQuery } from './sas-making.ts';
import { addPresent, sdkValues } from './sdk-values.ts';

/** Azure's order of `ss`. */
const SERVICE_LETTERS: readonly (readonly [Service, string])[] = [
  ['blob', 'b'],
  ['file', 'f'],
  ['queue', 'q'],
  ['table', 't'],
];

/**
 * Signs an account SAS, also for tables: the tables SDK leaves out a line that storage signs since 2020-12-06.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` if the token would not carry exactly what was authorized.
 */
export function signAccount(token: AuthorizedToken, resource: AccountResource, key: SigningKey): string {
  if (key.kind !== 'account') throw signingError('skoid', 'is not a field of an account SAS');
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
      const values = signatureValues(token, ss, srt, fields.get('sp'));
      return generateAccountSASQueryParameters(values, credential).toString();
    },
    // The SDK writes `btqf`, and letters in its own order.
    respelled: ['sp', 'ss'],
  });
}

function signatureValues(
  token: AuthorizedToken,
  services: string,
  resourceTypes: string,
  letters = '',
): AccountSASSignatureValues {
  const { account, encryptionScope, expiresAt } = token;
  const { protocol, startsOn, ipRange } = sdkValues(token, SASProtocol);
  const values: AccountSASSignatureValues = {
    version: account.sasVersion,
    services,
    resourceTypes,
    permissions: AccountSASPermissions.parse(letters),
    protocol,
    expiresOn: expiresAt,
  };
  return addPresent(values, { startsOn, ipRange, encryptionScope });
}
