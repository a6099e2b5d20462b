import {
  FileSASPermissions,
  type FileSASSignatureValues,
  generateFileSASQueryParameters,
  SASProtocol,
  ShareSASPermissions,
  StorageSharedKeyCredential,
} from '@azure/storage-file-share';
import type { FileResource } from '../azure/resources.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { canonicalFileName } from './canonical-names.ts';
import { tokenFields } from './sas-fields.ts';
import { makeQuery } from './sas-making.ts';
import { addPresent, sdkQuery, sdkValues } from './sdk-values.ts';

const SDK = { generate: generateFileSASQueryParameters, Credential: StorageSharedKeyCredential };

/**
 * Signs a share or a file.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` if the token would not carry exactly what was authorized.
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
    sdkQuery: () => sdkQuery(SDK, signatureValues(token, resource, fields.get('sp')), name, key),
    respelled: [],
  });
}

function signatureValues(
  token: AuthorizedToken,
  { share, file }: FileResource,
  letters: string | undefined,
): FileSASSignatureValues {
  const permissions = file === undefined ? ShareSASPermissions : FileSASPermissions;
  const values: FileSASSignatureValues = { version: token.account.sasVersion, shareName: share };
  return addPresent(values, sdkValues(token, SASProtocol), token.responseHeaders, {
    filePath: file,
    permissions: letters === undefined ? null : permissions.parse(letters),
    delegatedUserObjectId: token.delegatedUser?.objectId,
  });
}
