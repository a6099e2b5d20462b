import {
  BlobSASPermissions,
  type BlobSASSignatureValues,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { BlobResource } from '../azure/resources.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { canonicalBlobName } from './canonical-names.ts';
import { tokenFields } from './sas-fields.ts';
import { makeQuery } from './sas-making.ts';
import type { SasFields } from './sas-query.ts';
import { addPresent, sdkBlobValues, sdkQuery, sdkValues } from './sdk-values.ts';

const SDK = { generate: generateBlobSASQueryParameters, Credential: StorageSharedKeyCredential };

/** Letters of a hierarchical account that `@azure/storage-blob` does not know: ownership, permissions. */
const NOT_IN_SDK = /[op]/g;

/**
 * Signs a container, blob, snapshot or version.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` if the token would not carry exactly what was authorized.
 */
export function signBlob(
  token: AuthorizedToken,
  resource: BlobResource,
  key: SigningKey,
  correlationId: string | null,
): string {
  const { container, blob, snapshot, versionId } = resource;
  const fields = tokenFields(token, 'blob', key, correlationId).set('sr', resourceCode(resource));
  return makeQuery({
    layout: 'blob',
    fields,
    outside: {
      canonicalName: canonicalBlobName(token.account.name, container, blob),
      timestamp: snapshot ?? versionId ?? '',
    },
    key,
    sdkQuery: () => sdkQuery(SDK, signatureValues(token, resource, fields), token.account.name, key),
    // The SDK writes "y" and "f" last, and never writes `suoid`.
    respelled: ['sp', 'suoid'],
  });
}

/** Returns the value of `sr`: container, blob, blob snapshot or blob version. */
function resourceCode({ blob, snapshot, versionId }: BlobResource): 'c' | 'b' | 'bs' | 'bv' {
  if (blob === undefined) return 'c';
  if (snapshot !== undefined) return 'bs';
  return versionId === undefined ? 'b' : 'bv';
}

function signatureValues(
  token: AuthorizedToken,
  { container, blob, snapshot, versionId }: BlobResource,
  fields: SasFields,
): BlobSASSignatureValues {
  const permissions = blob === undefined ? ContainerSASPermissions : BlobSASPermissions;
  const letters = fields.get('sp');
  const values: BlobSASSignatureValues = { version: token.account.sasVersion, containerName: container };
  return addPresent(values, sdkValues(token, SASProtocol), sdkBlobValues(token, fields.get('scid')), {
    blobName: blob,
    snapshotTime: snapshot,
    versionId,
    permissions: letters === undefined ? null : permissions.parse(letters.replace(NOT_IN_SDK, '')),
    delegatedUserObjectId: token.delegatedUser?.objectId,
  });
}
