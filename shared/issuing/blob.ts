import {
  BlobSASPermissions,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { BlobSASSignatureValues } from '@azure/storage-blob';
import { z } from 'zod';
import type { BlobResource } from '../azure-storage.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { tokenFields } from './sas-fields.ts';
import { makeQuery, sdkDelegationKey, sdkValues } from './sas-making.ts';
import type { SasFields } from './sas-query.ts';
import type { SigningKey } from './signer.ts';

const PROTOCOLS = { https: SASProtocol.Https, 'https,http': SASProtocol.HttpsAndHttp } as const;

/** Letters that a hierarchical account takes and `@azure/storage-blob` does not know: ownership, permissions. */
const NOT_IN_SDK = /[op]/g;

export { blobFromPath, blobResourceFaults } from './blob-names.ts';

/** `resource` of a token request for the blob service: its shape; `blobResourceFaults` checks the names. */
export const blobResourceSchema = z.strictObject({
  account: z.string().optional().describe('May be left out where one account is configured.'),
  service: z.literal('blob'),
  container: z.string().describe('A container; without blob or directory, the token is for all of it.'),
  blob: z.string().optional().describe("A blob's name, not percent-encoded."),
  snapshot: z.string().optional().describe('One snapshot of the blob: 2026-11-22T15:15:00.1234567Z.'),
  versionId: z.string().optional().describe('One version of the blob: 2026-11-22T15:15:00.1234567Z.'),
  directory: z
    .string()
    .optional()
    .describe('A directory of an account with a hierarchical namespace, and all below it; no trailing "/".'),
});

/** The resource's URL without a token: the endpoint, which may carry a path, and the percent-encoded names. */
export function blobUrl(account: StorageAccount, resource: BlobResource): string {
  const { container, blob, snapshot, versionId, directory } = resource;
  const below = (blob ?? directory)?.split('/').map(encodeURIComponent) ?? [];
  const url = `${account.endpoints.blob}/${[container, ...below].join('/')}`;
  if (snapshot !== undefined) return `${url}?snapshot=${encodeURIComponent(snapshot)}`;
  return versionId === undefined ? url : `${url}?versionid=${encodeURIComponent(versionId)}`;
}

/** The name that is signed: unescaped, without the endpoint; `path` is a blob's or a directory's. */
export function canonicalBlobName(account: string, container: string, path: string | undefined): string {
  return `/blob/${account}/${container}${path === undefined ? '' : `/${path}`}`;
}

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
    key.kind === 'service'
      ? generateBlobSASQueryParameters(
          values,
          new StorageSharedKeyCredential(account, key.key.value.reveal()),
        )
      : generateBlobSASQueryParameters(values, sdkDelegationKey(key.key), account);
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
