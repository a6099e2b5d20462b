import { BlobServiceClient, BlockBlobClient, ContainerClient, type RestError } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import type { IssuedToken } from '../../shared/issuing/issued-token.ts';
import type { TestAccount } from '../stack-client.ts';
import { expectNoLeak, storedRows } from './leaks.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

const uploader = sampleCallers['uploader']!.oid;
const secrets: string[] = [];
let accounts: Accounts;
let broker: TestBroker;

const grantsFor = (media: TestAccount) => [
  readerGrant([media]),
  {
    id: 'upload',
    callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }],
    resources: [`${media.name}/blob/uploads/\${claims.oid}/**`],
    permissions: 'cw',
    kinds: ['user-delegation', 'service'],
  },
  {
    id: 'list',
    callers: [{ issuer: 'local', claims: { roles: 'Photos.Read' } }],
    resources: [`${media.name}/blob/photos`],
    permissions: 'l',
    kinds: ['service'],
  },
];

beforeAll(async () => {
  accounts = await newAccounts();
  broker = await startBroker(accounts, configuration(accounts, grantsFor(accounts.media)));
  const photos = await accounts.container('photos');
  await photos.getBlockBlobClient('sample.jpg').upload('a photo', 7);
  await photos.getBlockBlobClient('other.jpg').upload('another', 7);
  await accounts.container('uploads');
});

afterAll(() => broker.stop());

async function issue(who: string, body: object) {
  const answer = await call(broker, who, 'POST', '/tokens', body);
  expect(answer.body).toMatchObject({ id: expect.any(String) as string });
  expect(answer.status).toBe(201);
  const token = answer.body as unknown as IssuedToken;
  secrets.push(token.token);
  return { ...token, headers: answer.headers };
}

const statusOf = async (work: Promise<unknown>): Promise<number> => {
  try {
    await work;
    return 200;
  } catch (error) {
    return (error as RestError).statusCode ?? -1;
  }
};

describe('a token of the broker', () => {
  it('uploads with the official SDK and with plain HTTP, and its row names its caller', async () => {
    const url = `${accounts.media.blob}/uploads/${uploader}/inbox/1.jpg`;
    const token = await issue('uploader', { url, permissions: 'cw', purpose: 'e2e upload' });
    expect(token).toMatchObject({
      kind: 'user-delegation',
      permissions: 'cw',
      startsAt: null,
      protocol: 'https',
      grant: 'upload',
      policy: null,
      clamped: [],
      request: { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' } },
    });
    expect(token.headers.get('location')).toBe(`/api/tokens/${token.id}`);
    expect(token.headers.get('cache-control')).toBe('no-store');
    expect(token.url).toBe(`${url}?${token.token}`);
    const query = new URLSearchParams(token.token);
    expect(query.get('se')).toBe(token.expiresAt);
    expect(query.has('st')).toBe(false);

    await new BlockBlobClient(token.url).upload('from the SDK', 12);
    const put = await fetch(token.url, {
      method: 'PUT',
      headers: { 'x-ms-blob-type': 'BlockBlob' },
      body: 'plain',
    });
    expect(put.status).toBe(201);

    const record = await call(broker, 'auditor', 'GET', `/tokens/${token.id}`);
    expect(record.status).toBe(200);
    expect(record.body).toMatchObject({
      id: token.id,
      fingerprint: token.fingerprint,
      expiresAt: token.expiresAt,
      kind: 'user-delegation',
      resource: {
        account: accounts.media.name,
        service: 'blob',
        container: 'uploads',
        blob: `${uploader}/inbox/1.jpg`,
      },
      permissions: 'cw',
      permissionNames: ['create', 'write'],
      grant: 'upload',
      purpose: 'e2e upload',
      caller: { issuer: 'local', subject: uploader, name: 'Ursula Uploader' },
      signedWith: { delegationKey: { objectId: expect.any(String) as string } },
      state: 'live',
      completion: null,
    });
    const rows = await storedRows(accounts);
    expect(rows.filter(({ rowKey }) => String(rowKey).startsWith(token.fingerprint))).toHaveLength(1);
  });

  it.each(['user-delegation', 'service'])('of kind %s reads its blob and nothing else', async (kind) => {
    const { url } = await issue('reader', {
      url: `${accounts.media.blob}/photos/sample.jpg`,
      permissions: 'r',
      kind,
    });
    const blob = new BlockBlobClient(url);
    expect((await blob.downloadToBuffer()).toString()).toBe('a photo');
    const query = url.split('?')[1]!;
    expect(await statusOf(blob.delete())).toBe(403);
    expect(await statusOf(blob.upload('x', 1))).toBe(403);
    expect(
      await statusOf(
        new BlockBlobClient(`${accounts.media.blob}/photos/other.jpg?${query}`).downloadToBuffer(),
      ),
    ).toBe(403);
    expect(
      await statusOf(
        new BlockBlobClient(`${accounts.media.blob}/uploads/sample.jpg?${query}`).downloadToBuffer(),
      ),
    ).toBe(403);
    expect(await statusOf(new BlobServiceClient(`${accounts.media.blob}?${query}`).getProperties())).toBe(
      403,
    );
  });

  it('with the list permission lists a container but reads no blob', async () => {
    const { url } = await issue('reader', { url: `${accounts.media.blob}/photos`, permissions: ['list'] });
    const names: string[] = [];
    for await (const { name } of new ContainerClient(url).listBlobsFlat()) names.push(name);
    expect(names).toEqual(['other.jpg', 'sample.jpg']);
    const query = url.split('?')[1]!;
    expect(
      await statusOf(
        new BlockBlobClient(`${accounts.media.blob}/photos/sample.jpg?${query}`).downloadToBuffer(),
      ),
    ).toBe(403);
  });

  it('is refused by storage before its start and after its expiry', async () => {
    const url = `${accounts.media.blob}/photos/sample.jpg`;
    const soon = new Date(Date.now() + 600_000).toISOString();
    const early = await issue('reader', { url, permissions: 'r', startsAt: soon });
    expect(await statusOf(new BlockBlobClient(early.url).downloadToBuffer())).toBe(403);
    const short = await issue('reader', { url, permissions: 'r', ttl: 1 });
    await expect
      .poll(() => statusOf(new BlockBlobClient(short.url).downloadToBuffer()), {
        timeout: 30_000,
        interval: 250,
      })
      .toBe(403);
  });

  it('contains the requested response headers', async () => {
    const { url } = await issue('reader', {
      url: `${accounts.media.blob}/photos/sample.jpg`,
      permissions: 'r',
      responseHeaders: {
        contentDisposition: 'attachment; filename="a b+c.jpg"',
        contentType: 'image/jpeg',
        cacheControl: 'max-age=60',
      },
    });
    const reply = await fetch(url);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-disposition')).toBe('attachment; filename="a b+c.jpg"');
    expect(reply.headers.get('content-type')).toBe('image/jpeg');
  });

  it('has the address, protocol and start that the reply states', async () => {
    const token = await issue('reader', {
      url: `${accounts.media.blob}/photos/sample.jpg`,
      permissions: 'r',
      kind: 'service',
      ip: '203.0.113.0-203.0.113.9',
      startsAt: '2026-01-01T00:00:00Z',
    });
    const query = new URLSearchParams(token.token);
    expect(Object.fromEntries(query)).toMatchObject({
      sip: '203.0.113.0-203.0.113.9',
      spr: 'https',
      st: '2026-01-01T00:00:00Z',
    });
    expect(token.startsAt).toBe('2026-01-01T00:00:00Z');
  });

  it('is found by the token, its URL and its fingerprint', async () => {
    const token = await issue('reader', {
      url: `${accounts.media.blob}/photos/sample.jpg`,
      permissions: 'r',
    });
    for (const question of [
      { token: token.token },
      { token: `?${token.token}` },
      { url: token.url },
      { fingerprint: token.fingerprint },
      { fingerprint: token.fingerprint, around: new Date().toISOString() },
    ]) {
      const found = await call(broker, 'auditor', 'POST', '/tokens/lookup', question);
      expect(found.status).toBe(200);
      expect(found.body).toMatchObject({ verdict: 'issued', scannedAll: true, records: [{ id: token.id }] });
    }
  });

  it('that another signer made with an account key is distinguished from one that no known key signed', async () => {
    const photos = await accounts.container('photos');
    const { BlobSASPermissions, generateBlobSASQueryParameters, StorageSharedKeyCredential } =
      await import('@azure/storage-blob');
    const forge = (key: string) =>
      generateBlobSASQueryParameters(
        {
          containerName: 'photos',
          blobName: 'sample.jpg',
          permissions: BlobSASPermissions.parse('r'),
          expiresOn: new Date(Date.now() + 60_000),
          version: '2025-11-05',
        },
        new StorageSharedKeyCredential(accounts.media.name, key),
      ).toString();
    const [ours, foreign] = [accounts.media.key1, Buffer.alloc(64, 7).toString('base64')].map(
      (key) => `${photos.url}/sample.jpg?${forge(key)}`,
    );
    secrets.push(ours!, foreign!);
    const known = await call(broker, 'auditor', 'POST', '/tokens/lookup', { url: ours });
    expect(known).toMatchObject({
      status: 200,
      body: { records: [], verdict: 'valid-not-issued-here', signedWith: { key: 'key1' } },
    });
    expect((await call(broker, 'auditor', 'POST', '/tokens/lookup', { url: foreign })).status).toBe(404);
    expect(
      (await call(broker, 'auditor', 'POST', '/tokens/lookup', { fingerprint: 'ab'.repeat(32) })).status,
    ).toBe(404);
  });

  it('can be explained without being signed, and the largest request that explain returns is accepted', async () => {
    const request = { url: `${accounts.media.blob}/photos/sample.jpg`, permissions: 'rd', ttl: 'P2D' };
    const explained = await call(broker, 'reader', 'POST', '/tokens/explain', request);
    expect(explained).toMatchObject({ status: 200, body: { allowed: false, grant: null, wouldIssue: null } });
    expect((explained.body['missing'] as { path: string }[]).map(({ path }) => path)).toEqual([
      'permissions',
      'expiresAt',
    ]);
    const largest = await issue('reader', explained.body['largest'] as object);
    expect(largest).toMatchObject({ permissions: 'r', grant: 'read' });
    const allowed = await call(broker, 'reader', 'POST', '/tokens/explain', {
      ...request,
      permissions: 'r',
      ttl: 60,
    });
    expect(allowed.body).toMatchObject({
      allowed: true,
      grant: 'read',
      kind: 'user-delegation',
      missing: [],
    });
    expect(JSON.stringify(allowed.body)).not.toContain('sig=');
  });

  it('leaves no key, signature or bearer token in logs and rows', async () => {
    expect(secrets.length).toBeGreaterThan(8);
    await expectNoLeak(accounts, broker, secrets);
  });
});
