import { createHmac } from 'node:crypto';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  BlobSASPermissions,
  generateAccountSASQueryParameters,
  generateBlobSASQueryParameters,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { Resource } from '../shared/azure/resources.ts';
import { sign } from '../shared/sas/sign-token.ts';
import { accountKey, authorizedToken, delegationKey, SAMPLE_KEY } from '../test/unit/sas/sas-samples.ts';
import { measureCpuMs, measureRatio, repeat, type Work } from './rounds.ts';

const ROUNDS = 9;
const TOKENS = 2000;
const SCID = '20261122-1500-8003-8000-000000000005';

const blob: Resource = { account: 'media', service: 'blob', container: 'uploads', blob: 'inbox/1.jpg' };
const directory: Resource = { account: 'media', service: 'blob', container: 'uploads', directory: 'inbox' };
const queue: Resource = { account: 'media', service: 'queue', queue: 'jobs' };
const table: Resource = { account: 'media', service: 'table', table: 'Inventory' };
const file: Resource = { account: 'media', service: 'file', share: 'docs', file: 'a/b.txt' };
const wholeAccount: Resource = { account: 'media', services: ['blob'], resourceTypes: ['object'] };

const expiresOn = new Date('2026-11-22T15:15:00Z');
const version = '2025-11-05';
const blobParts = { containerName: 'uploads', blobName: 'inbox/1.jpg' };
const { value, ...signer } = delegationKey();
const sdkKey = {
  signedObjectId: signer.objectId,
  signedTenantId: signer.tenantId,
  signedStartsOn: signer.startsAt,
  signedExpiresOn: signer.expiresAt,
  signedService: signer.service,
  signedVersion: signer.version,
  value: value.reveal(),
};
const credential = new StorageSharedKeyCredential('media', SAMPLE_KEY);

/** What an application that calls the SDK itself does for the same token. */
const callSdkForBlob = (...signedBy: [typeof sdkKey, string] | [StorageSharedKeyCredential]): string => {
  const permissions = BlobSASPermissions.parse('r');
  const values = { ...blobParts, permissions, protocol: SASProtocol.Https, expiresOn, version };
  return signedBy.length === 1
    ? generateBlobSASQueryParameters(values, signedBy[0]).toString()
    : generateBlobSASQueryParameters({ ...values, correlationId: SCID }, ...signedBy).toString();
};

const callSdkForAccount = (): string =>
  generateAccountSASQueryParameters(
    {
      permissions: AccountSASPermissions.parse('r'),
      protocol: SASProtocol.Https,
      expiresOn,
      version,
      services: AccountSASServices.parse('b').toString(),
      resourceTypes: AccountSASResourceTypes.parse('o').toString(),
    },
    credential,
  ).toString();

/** Label, resource and kind of each token, and the SDK's call for it, if it is the measure of all SDKs. */
const SAMPLES = [
  ['blob, user delegation', blob, 'user-delegation', () => callSdkForBlob(sdkKey, 'media')],
  ['directory, user delegation', directory, 'user-delegation', null],
  ['blob, service', blob, 'service', () => callSdkForBlob(credential)],
  ['queue, service', queue, 'service', null],
  ['table, service', table, 'service', null],
  ['file, service', file, 'service', null],
  ['account', wholeAccount, 'account', callSdkForAccount],
] as const;

export interface SigningCost {
  readonly token: string;
  /** The time relative to the one HMAC-SHA256 that every token needs. */
  readonly overHmac: number;
  /** The time relative to the SDK's call for the same token, or null. */
  readonly overSdk: number | null;
}

/** Times a token with its verification, its URL and its fingerprint. */
export async function measureSigning(): Promise<SigningCost[]> {
  const key = Buffer.from(SAMPLE_KEY, 'base64');
  const text = 'r\n2026-11-22T15:00:00Z\n2026-11-22T15:15:00Z\n/blob/media/uploads/inbox/1.jpg'.padEnd(200);
  const hmac = repeat(TOKENS, () => createHmac('sha256', key).update(text).digest('base64'));
  const compare = (work: Work, baseline: Work) =>
    measureRatio(ROUNDS, work, baseline, () => undefined, measureCpuMs);
  const results: SigningCost[] = [];
  for (const [label, resource, kind, callSdk] of SAMPLES) {
    const token = authorizedToken({ resource, kind });
    const signingKey = kind === 'user-delegation' ? delegationKey() : accountKey();
    const signing = repeat(TOKENS, () => sign(token, signingKey, SCID));
    results.push({
      token: label,
      overHmac: await compare(signing, hmac),
      overSdk: callSdk === null ? null : await compare(signing, repeat(TOKENS, callSdk)),
    });
  }
  return results;
}
