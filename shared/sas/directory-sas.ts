import {
  type DataLakeSASSignatureValues,
  DirectorySASPermissions,
  generateDataLakeSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-file-datalake';
import type { BlobResource } from '../azure/resources.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { canonicalBlobName } from './canonical-names.ts';
import { signingError, tokenFields } from './sas-fields.ts';
import { makeQuery } from './sas-making.ts';
import type { SasFields } from './sas-query.ts';
import { addPresent, sdkBlobValues, sdkQuery, sdkValues } from './sdk-values.ts';

const SDK = { generate: generateDataLakeSASQueryParameters, Credential: StorageSharedKeyCredential };

/**
 * The newest `sv` that `@azure/storage-file-datalake` 12.29 knows. It would sign a newer version in this layout under
 * the newer label, so it signs this version, and `makeQuery` signs the token again under the account's.
 */
const NEWEST_IN_SDK = '2026-02-06';

/** Letters that apply to blobs, versions and tags, but not to directories. */
const NOT_OF_DIRECTORIES = /[xytfi]/;

/**
 * Signs a directory and everything below it.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` if the token would not carry exactly what was authorized.
 */
export function signDirectory(
  token: AuthorizedToken,
  resource: BlobResource & { readonly directory: string },
  key: SigningKey,
  correlationId: string | null,
): string {
  const { container, directory } = resource;
  const fields = tokenFields(token, 'blob', key, correlationId).set('sr', 'd');
  fields.set('sdd', String(directory.split('/').length));
  if (NOT_OF_DIRECTORIES.test(fields.get('sp') ?? ''))
    throw signingError('sp', 'has letters that do not apply to directories');
  return makeQuery({
    layout: 'blob',
    fields,
    outside: { canonicalName: canonicalBlobName(token.account.name, container, directory) },
    key,
    sdkQuery: () => sdkQuery(SDK, signatureValues(token, resource, fields), token.account.name, key),
    // The SDK has no line for the key's delegated tenant, and without it the delegated user has no effect.
    respelled: ['sv', 'sduoid', 'skdutid'],
  });
}

function signatureValues(
  token: AuthorizedToken,
  resource: BlobResource & { readonly directory: string },
  fields: SasFields,
): DataLakeSASSignatureValues {
  const { account, agent } = token;
  const letters = fields.get('sp');
  const values: DataLakeSASSignatureValues = {
    version: account.sasVersion > NEWEST_IN_SDK ? NEWEST_IN_SDK : account.sasVersion,
    fileSystemName: resource.container,
    pathName: resource.directory,
    isDirectory: true,
  };
  return addPresent(values, sdkValues(token, SASProtocol), sdkBlobValues(token, fields.get('scid')), {
    permissions: letters === undefined ? null : DirectorySASPermissions.parse(letters),
    agentObjectId: agent?.kind === 'unauthorized' ? agent.objectId : null,
  });
}
