import {
  DirectorySASPermissions,
  generateDataLakeSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-file-datalake';
import type { DataLakeSASSignatureValues } from '@azure/storage-file-datalake';
import type { BlobResource } from '../azure/resources.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { tokenFields, unsigned } from './sas-fields.ts';
import { makeQuery, sdkDelegationKey, sdkValues } from './sas-making.ts';
import type { SasFields } from './sas-query.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { canonicalBlobName } from './canonical-names.ts';

const PROTOCOLS = { https: SASProtocol.Https, 'https,http': SASProtocol.HttpsAndHttp } as const;

/**
 * The newest `sv` that `@azure/storage-file-datalake` 12.29 knows. A newer one it would sign in this layout under the
 * newer label, so it is asked for this one, and the token is signed again under the account's.
 */
const NEWEST_IN_SDK = '2026-02-06';

/** Letters that no directory has: of blobs, versions and tags. */
const NOT_OF_DIRECTORIES = /[xytfi]/;

/**
 * Signs a directory and all below it.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` where the token would not carry all of what was authorized, and only that.
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
    throw unsigned('sp', 'has letters that no directory takes');
  return makeQuery({
    layout: 'blob',
    fields,
    outside: { canonicalName: canonicalBlobName(token.account.name, container, directory) },
    key,
    sdkQuery: () => sdkQuery(signatureValues(token, resource, fields), token.account.name, key),
    // The SDK has no line for the key's delegated tenant, without which the delegated user means nothing.
    respelled: ['sv', 'sduoid', 'skdutid'],
  });
}

function sdkQuery(values: DataLakeSASSignatureValues, account: string, key: SigningKey): string {
  const parameters =
    key.kind === 'account'
      ? generateDataLakeSASQueryParameters(
          values,
          new StorageSharedKeyCredential(account, key.value.reveal()),
        )
      : generateDataLakeSASQueryParameters(values, sdkDelegationKey(key), account);
  return parameters.toString();
}

function signatureValues(
  token: AuthorizedToken,
  resource: BlobResource & { readonly directory: string },
  fields: SasFields,
): DataLakeSASSignatureValues {
  const { account, responseHeaders, encryptionScope, agent } = token;
  const letters = fields.get('sp');
  const correlationId = fields.get('scid');
  return {
    ...sdkValues(token),
    version: account.sasVersion > NEWEST_IN_SDK ? NEWEST_IN_SDK : account.sasVersion,
    fileSystemName: resource.container,
    pathName: resource.directory,
    isDirectory: true,
    ...(letters === undefined ? {} : { permissions: DirectorySASPermissions.parse(letters) }),
    protocol: PROTOCOLS[token.protocol],
    ...responseHeaders,
    ...(encryptionScope === null ? {} : { encryptionScope }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(agent?.kind === 'authorized' ? { preauthorizedAgentObjectId: agent.objectId } : {}),
    ...(agent?.kind === 'unauthorized' ? { agentObjectId: agent.objectId } : {}),
  };
}
