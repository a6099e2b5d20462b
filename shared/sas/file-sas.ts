import {
  FileSASPermissions,
  generateFileSASQueryParameters,
  ShareSASPermissions,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-file-share';
import type { FileSASSignatureValues } from '@azure/storage-file-share';
import type { FileResource } from '../azure/resources.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { tokenFields } from './sas-fields.ts';
import { makeQuery, sdkDelegationKey, sdkValues } from './sas-making.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { canonicalFileName } from './canonical-names.ts';

const PROTOCOLS = { https: SASProtocol.Https, 'https,http': SASProtocol.HttpsAndHttp } as const;

/**
 * Signs a share or a file.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` where the token would not carry all of what was authorized, and only that.
 */
export function signFile(token: AuthorizedToken, resource: FileResource, key: SigningKey): string {
  const { name } = token.account;
  const { share, file } = resource;
  const fields = tokenFields(token, 'file', key, null).set('sr', file === undefined ? 's' : 'f');
  return makeQuery({
    layout: 'file',
    fields,
    outside: { canonicalName: canonicalFileName(name, share, file) },
    key,
    sdkQuery: () => sdkQuery(signatureValues(token, resource, fields.get('sp')), name, key),
    respelled: [],
  });
}

function sdkQuery(values: FileSASSignatureValues, account: string, key: SigningKey): string {
  const parameters =
    key.kind === 'account'
      ? generateFileSASQueryParameters(values, new StorageSharedKeyCredential(account, key.value.reveal()))
      : generateFileSASQueryParameters(values, sdkDelegationKey(key), account);
  return parameters.toString();
}

function signatureValues(
  token: AuthorizedToken,
  { share, file }: FileResource,
  letters: string | undefined,
): FileSASSignatureValues {
  const { delegatedUser, responseHeaders } = token;
  const permissions = file === undefined ? ShareSASPermissions : FileSASPermissions;
  return {
    ...sdkValues(token),
    version: token.account.sasVersion,
    shareName: share,
    ...(file === undefined ? {} : { filePath: file }),
    ...(letters === undefined ? {} : { permissions: permissions.parse(letters) }),
    protocol: PROTOCOLS[token.protocol],
    ...responseHeaders,
    ...(delegatedUser === null ? {} : { delegatedUserObjectId: delegatedUser.objectId }),
  };
}
