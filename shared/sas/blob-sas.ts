import {
  BlobSASPermissions,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { BlobSASSignatureValues } from '@azure/storage-blob';
import type { BlobResource } from '../azure/resources.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { tokenFields } from './sas-fields.ts';
import { makeQuery, sdkDelegationKey, sdkValues } from './sas-making.ts';
import type { SasFields } from './sas-query.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { canonicalBlobName } from './canonical-names.ts';

const PROTOCOLS = { https: SASProtocol.Https, 'https,http': SASProtocol.HttpsAndHttp } as const;

/** Letters that a hierarchical account takes and `@azure/storage-blob` does not know: ownership, permissions. */
const NOT_IN_SDK = /[op]/g;

/**
 * Signs a container, blob, snapshot or version.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` where the token would not carry all of what was authorized, and only that.
 */
export function signBlob(
  token: AuthorizedToken,
  resource: BlobResource,
  key: SigningKey,
  correlationId: string | null,
): string {
  const { container, blob, snapshot, versionId } = resource;
  const fields = tokenFields(token, 'blob', key, correlationId).set('sr', signedResource(resource));
  return makeQuery({
    layout: 'blob',
    fields,
    outside: {
      canonicalName: canonicalBlobName(token.account.name, container, blob),
      timestamp: snapshot ?? versionId ?? '',
    },
    key,
    sdkQuery: () => sdkQuery(signatureValues(token, resource, fields), token.account.name, key),
    // The SDK writes "y" and "f" last, and never `suoid`.
    respelled: ['sp', 'suoid'],
  });
}

/** The names that a SAS gives its resources: container, blob, blob snapshot, blob version. */
function signedResource({ blob, snapshot, versionId }: BlobResource): 'c' | 'b' | 'bs' | 'bv' {
  if (blob === undefined) return 'c';
  if (snapshot !== undefined) return 'bs';
  return versionId === undefined ? 'b' : 'bv';
}

function sdkQuery(values: BlobSASSignatureValues, account: string, key: SigningKey): string {
  const parameters =
    key.kind === 'account'
      ? generateBlobSASQueryParameters(values, new StorageSharedKeyCredential(account, key.value.reveal()))
      : generateBlobSASQueryParameters(values, sdkDelegationKey(key), account);
  return parameters.toString();
}

function signatureValues(
  token: AuthorizedToken,
  { container, blob, snapshot, versionId }: BlobResource,
  fields: SasFields,
): BlobSASSignatureValues {
  const { responseHeaders, encryptionScope, agent, delegatedUser } = token;
  const permissions = blob === undefined ? ContainerSASPermissions : BlobSASPermissions;
  const letters = fields.get('sp');
  const correlationId = fields.get('scid');
  return {
    ...sdkValues(token),
    version: token.account.sasVersion,
    containerName: container,
    ...(blob === undefined ? {} : { blobName: blob }),
    ...(snapshot === undefined ? {} : { snapshotTime: snapshot }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(letters === undefined ? {} : { permissions: permissions.parse(letters.replace(NOT_IN_SDK, '')) }),
    protocol: PROTOCOLS[token.protocol],
    ...responseHeaders,
    ...(encryptionScope === null ? {} : { encryptionScope }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(agent?.kind === 'authorized' ? { preauthorizedAgentObjectId: agent.objectId } : {}),
    ...(delegatedUser === null ? {} : { delegatedUserObjectId: delegatedUser.objectId }),
  };
}
