import {
  BlobSASPermissions,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { BlobSASSignatureValues, UserDelegationKey } from '@azure/storage-blob';
import { z } from 'zod';
import type { BlobResource } from '../azure-storage.ts';
import { BrokerError, describeFailure } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { DelegationKey } from '../keys/signing-keys.ts';
import { inAzureOrder } from '../permissions.ts';
import { blobTokenFields } from './sas-fields.ts';
import type { SasFields } from './sas-query.ts';
import { fieldAtFault, formatSasQuery, parseSasQuery } from './sas-query.ts';
import { blobStringToSign, NEWEST_SAS_VERSION, signText } from './sas-string-to-sign.ts';
import type { SigningKey } from './signer.ts';

/** Letters that a hierarchical account takes and `@azure/storage-blob` does not know: ownership, permissions. */
const NOT_IN_SDK = /[op]/g;

const PROTOCOLS = { https: SASProtocol.Https, 'https,http': SASProtocol.HttpsAndHttp } as const;

export { blobFromPath, blobResourceFaults } from './blob-names.ts';

/** `resource` of a token request for the blob service: its shape; `blobResourceFaults` checks the names. */
export const blobResourceSchema = z.strictObject({
  account: z.string().optional().describe('May be left out where one account is configured.'),
  service: z.literal('blob'),
  container: z.string().describe('A container; without blob, the token is for all of it.'),
  blob: z.string().optional().describe("A blob's name, not percent-encoded."),
  snapshot: z.string().optional().describe('One snapshot of the blob: 2026-11-22T15:15:00.1234567Z.'),
  versionId: z.string().optional().describe('One version of the blob: 2026-11-22T15:15:00.1234567Z.'),
});

/** The resource's URL without a token: the endpoint, which may carry a path, and the percent-encoded names. */
export function resourceUrl(account: StorageAccount, resource: BlobResource): string {
  const { container, blob, snapshot, versionId } = resource;
  const path = [container, ...(blob?.split('/').map(encodeURIComponent) ?? [])].join('/');
  const url = `${account.endpoints.blob}/${path}`;
  if (snapshot !== undefined) return `${url}?snapshot=${encodeURIComponent(snapshot)}`;
  return versionId === undefined ? url : `${url}?versionid=${encodeURIComponent(versionId)}`;
}

/** The name that is signed: unescaped, without the endpoint. */
export function canonicalBlobName(account: string, container: string, blob: string | undefined): string {
  return `/blob/${account}/${container}${blob === undefined ? '' : `/${blob}`}`;
}

/**
 * Signs a container, blob, snapshot or version.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` where the token would not carry all of what was authorized, and only that.
 */
export function signBlob(token: AuthorizedToken, key: SigningKey, correlationId: string | null): string {
  if (token.account.sasVersion > NEWEST_SAS_VERSION) throw unsigned('sv', 'is newer than the SDK');
  const letters = inAzureOrder(token.permissions, 'blob');
  if (letters.length !== token.permissions.length) throw unsigned('sp', 'has letters that no blob SAS takes');
  const query = sdkQuery(token, key, letters.replace(NOT_IN_SDK, ''), correlationId);
  const fields = parseSasQuery(query);
  const wanted = blobTokenFields(token, key, correlationId).set('sig', signature(fields, token, key));
  const made = fields.get('sp');
  const fault = fieldAtFault(query, made === undefined ? wanted : wanted.set('sp', made));
  if (fault !== null) throw unsigned(fault, 'is not in the token as it was authorized');
  return made === letters ? query : inOrder(fields, letters, token, key);
}

/** The letters in Azure's order; the SDK writes "y" and "f" last, and leaves those of `NOT_IN_SDK` to be added. */
function inOrder(fields: SasFields, letters: string, token: AuthorizedToken, key: SigningKey): string {
  const ordered = new Map(fields).set('sp', letters);
  return formatSasQuery(ordered.set('sig', signature(ordered, token, key)));
}

/** The signature over the fields as the query carries them, made apart from the SDK: the two must agree. */
function signature(fields: SasFields, { account, resource }: AuthorizedToken, key: SigningKey): string {
  const timestamp = resource.snapshot ?? resource.versionId ?? '';
  const canonicalName = canonicalBlobName(account.name, resource.container, resource.blob);
  return signText(blobStringToSign(fields, { canonicalName, timestamp }), key.key.value);
}

function sdkQuery(
  token: AuthorizedToken,
  key: SigningKey,
  letters: string,
  correlationId: string | null,
): string {
  const { name } = token.account;
  try {
    const values = signatureValues(token, letters, correlationId);
    const parameters =
      key.kind === 'service'
        ? generateBlobSASQueryParameters(values, new StorageSharedKeyCredential(name, key.key.value.reveal()))
        : generateBlobSASQueryParameters(values, sdkDelegationKey(key.key), name);
    return parameters.toString();
  } catch (error) {
    throw unsigned('token', `was refused by the SDK: ${describeFailure(error)}`);
  }
}

function signatureValues(
  token: AuthorizedToken,
  letters: string,
  correlationId: string | null,
): BlobSASSignatureValues {
  const { resource, responseHeaders, startsAt, ip, encryptionScope } = token;
  const { container, blob, snapshot, versionId } = resource;
  const permissions = blob === undefined ? ContainerSASPermissions : BlobSASPermissions;
  const [start = '', end] = ip?.split('-') ?? [];
  return {
    version: token.account.sasVersion,
    containerName: container,
    ...(blob === undefined ? {} : { blobName: blob }),
    ...(snapshot === undefined ? {} : { snapshotTime: snapshot }),
    ...(versionId === undefined ? {} : { versionId }),
    permissions: permissions.parse(letters),
    ...(startsAt === null ? {} : { startsOn: startsAt }),
    expiresOn: token.expiresAt,
    ...(ip === null ? {} : { ipRange: end === undefined ? { start } : { start, end } }),
    protocol: PROTOCOLS[token.protocol],
    ...responseHeaders,
    ...(encryptionScope === null ? {} : { encryptionScope }),
    ...(correlationId === null ? {} : { correlationId }),
  };
}

function sdkDelegationKey(key: DelegationKey): UserDelegationKey {
  return {
    signedObjectId: key.objectId,
    signedTenantId: key.tenantId,
    signedStartsOn: key.startsAt,
    signedExpiresOn: key.expiresAt,
    signedService: key.service,
    signedVersion: key.version,
    value: key.value.reveal(),
  };
}

function unsigned(field: string, what: string): BrokerError {
  return new BrokerError('internal', 'The token could not be signed.', {
    reason: `SAS field ${field} ${what}`,
  });
}
