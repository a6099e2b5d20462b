import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { ManagedIdentityCredential } from '@azure/identity';
import {
  BlobSASPermissions,
  BlobServiceClient,
  generateBlobSASQueryParameters,
  SASProtocol,
  type UserDelegationKey,
} from '@azure/storage-blob';

/*
 * What the broker is compared with: a function that only answers, and the usual way to hand out a SAS, which neither asks
 * who calls nor keeps a record, with a user delegation key per call or with a cached one.
 */

const endpoint = process.env['BLOB_URL'] ?? '';
const account = new URL(endpoint).pathname.slice(1);
const credential = new ManagedIdentityCredential({ clientId: process.env['SIGNER_CLIENT_ID'] ?? '' });
const client = new BlobServiceClient(endpoint, credential);
const MINUTE_MS = 60_000;

interface Asked {
  readonly container: string;
  readonly blob: string;
  readonly permissions: string;
}

async function answer(request: HttpRequest, key: UserDelegationKey): Promise<HttpResponseInit> {
  const { container, blob, permissions } = (await request.json()) as Asked;
  const expiresOn = new Date(Date.now() + 15 * MINUTE_MS);
  const sas = generateBlobSASQueryParameters(
    {
      containerName: container,
      blobName: blob,
      permissions: BlobSASPermissions.parse(permissions),
      protocol: SASProtocol.Https,
      expiresOn,
    },
    key,
    account,
  ).toString();
  const url = `${client.getContainerClient(container).getBlobClient(blob).url}?${sas}`;
  return { status: 201, jsonBody: { url, expiresAt: expiresOn.toISOString() } };
}

async function requestKey(): Promise<UserDelegationKey> {
  const now = Date.now();
  return client.getUserDelegationKey(new Date(now - 15 * MINUTE_MS), new Date(now + 60 * MINUTE_MS));
}

let cachedKey: Promise<UserDelegationKey> | undefined;

app.http('hello', {
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: () => ({ status: 200, jsonBody: { hello: 'world' } }),
});
app.http('cachedKey', {
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: async (request) => answer(request, await (cachedKey ??= requestKey())),
});
app.http('keyPerCall', {
  methods: ['POST'],
  authLevel: 'anonymous',
  handler: async (request) => answer(request, await requestKey()),
});
