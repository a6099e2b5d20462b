import { ManagedIdentityCredential } from '@azure/identity';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { BlobResource } from '../../shared/azure/resources.ts';
import type { AuthorizedToken } from '../../shared/grants/authorized-token.ts';
import { SecretText, type SigningKey } from '../../shared/keys/signing-keys.ts';
import { StorageDelegationKeys } from '../../shared/keys/storage-delegation-keys.ts';
import { delegationKeyRequester } from '../../shared/keys/storage-delegation-request.ts';
import { sign } from '../../shared/sas/sign-token.ts';
import { account } from '../fakes/configuration.ts';
import { newAccount, useManagedIdentity } from '../stack-client.ts';
import { accountKey, authorizedToken } from '../unit/sas/sas-samples.ts';

const KINDS = ['service', 'user-delegation'] as const;
const ODD_NAMES = [
  'a b.txt',
  'a+b.txt',
  '100%.txt',
  '%41.txt',
  'naïve/日本.txt',
  'a#b?c&d=e.txt',
  `"it's" (1)!.txt`,
];
const seconds = (ahead: number): Date => new Date(Math.floor(Date.now() / 1000 + ahead) * 1000);

let storage: Awaited<ReturnType<typeof newAccount>>;
let box: ContainerClient;
let keys: Record<'service' | 'user-delegation' | 'key2', SigningKey>;

beforeAll(async () => {
  useManagedIdentity();
  storage = await newAccount();
  const owner = new StorageSharedKeyCredential(storage.name, storage.key1);
  box = new ContainerClient(`${storage.blob}/box`, owner);
  await box.create();
  await new ContainerClient(`${storage.blob}/other`, owner).create();
  for (const name of ['a.txt', 'b.txt', ...ODD_NAMES])
    await box.uploadBlockBlob(name, name, Buffer.byteLength(name));
  const credential = new ManagedIdentityCredential(inject('stack').signerClientId);
  const delegation = await new StorageDelegationKeys({
    requestKey: delegationKeyRequester(credential),
  }).keyFor(...([settings(), 'blob', seconds(3600), new Date(), null] as const));
  keys = {
    service: accountKey({ value: new SecretText(storage.key1) }),
    key2: accountKey({ value: new SecretText(storage.key2), name: 'key2' }),
    'user-delegation': delegation,
  };
});

function settings(): AuthorizedToken['account'] {
  const endpoints = { blob: storage.blob, queue: storage.queue, table: storage.table, file: storage.blob };
  return account({ name: storage.name, endpoints });
}

function resource(blob?: string, more: Partial<BlobResource> = {}): BlobResource {
  const names = { account: storage.name, service: 'blob', container: 'box' } as const;
  return { ...names, ...(blob === undefined ? {} : { blob }), ...more };
}

function token(kind: (typeof KINDS)[number], parts: Partial<AuthorizedToken> = {}) {
  const base = { account: settings(), resource: resource('a.txt'), expiresAt: seconds(600), kind };
  return sign(authorizedToken({ ...base, ...parts }), keys[kind], null);
}

async function status(url: string, init: RequestInit = {}): Promise<number> {
  const reply = await fetch(url, init);
  await reply.arrayBuffer();
  return reply.status;
}

const PUT = { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: 'new' };
const at = (path: string, query: string): string => `${storage.blob}/${path}?${query}`;

describe.each(KINDS)('a %s SAS of a blob', (kind) => {
  it('opens its blob and nothing else', async () => {
    const { url, query } = token(kind);
    const reply = await fetch(url);
    expect([reply.status, await reply.text()]).toEqual([200, 'a.txt']);
    expect(await status(at('box/b.txt', query))).toBe(403);
    expect(await status(at('other/a.txt', query))).toBe(403);
    expect(await status(url, PUT)).toBe(403);
    expect(await status(url, { method: 'DELETE' })).toBe(403);
    expect(await status(at('box', `restype=container&comp=list&${query}`))).toBe(403);
  });

  it('creates and overwrites a blob only with the permissions for it', async () => {
    const created = token(kind, { resource: resource(`new-${kind}`), permissions: 'c' });
    expect(await status(created.url, PUT)).toBe(201);
    expect(await status(created.url)).toBe(403);
    const written = token(kind, { resource: resource(`new-${kind}`), permissions: 'cw' });
    expect(await status(written.url, PUT)).toBe(201);
  });

  it('for a container lists it and reads each of its blobs', async () => {
    const { query } = token(kind, { resource: resource(), permissions: 'rl' });
    expect(await status(at('box', `restype=container&comp=list&${query}`))).toBe(200);
    expect(await status(at('box/b.txt', query))).toBe(200);
    expect(await status(at('other', `restype=container&comp=list&${query}`))).toBe(403);
    expect(await status(at('box/b.txt', query), { method: 'DELETE' })).toBe(403);
  });

  it('for a container can have every permission', async () => {
    const { query } = token(kind, { resource: resource(), permissions: 'racwdxyltfmei' });
    expect(await status(at('box/every.txt', query), PUT)).toBe(201);
    expect(await status(at('box/every.txt', query), { method: 'DELETE' })).toBe(202);
  });

  it('works for names with special characters', async () => {
    for (const name of ODD_NAMES) {
      const reply = await fetch(token(kind, { resource: resource(name) }).url);
      expect([name, reply.status, await reply.text()]).toEqual([name, 200, name]);
    }
  });

  it('works only between its start and its expiry', async () => {
    expect(await status(token(kind, { expiresAt: seconds(-1) }).url)).toBe(403);
    expect(await status(token(kind, { startsAt: seconds(300) }).url)).toBe(403);
    expect(await status(token(kind, { startsAt: seconds(-300) }).url)).toBe(200);
    const brief = token(kind, { expiresAt: seconds(3) });
    expect(await status(brief.url)).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(await status(brief.url)).toBe(403);
  });

  it('does not work after any of its fields was changed', async () => {
    const { url } = token(kind, { startsAt: seconds(-300) });
    const changed = (name: string, value: string): string => {
      const altered = new URL(url);
      altered.searchParams.set(name, value);
      return altered.href;
    };
    expect(await status(changed('sp', 'rw'))).toBe(403);
    expect(await status(changed('se', '2030-01-01T00:00:00Z'))).toBe(403);
    expect(await status(changed('st', '2020-01-01T00:00:00Z'))).toBe(403);
    expect(await status(changed('sr', 'c'))).toBe(403);
    expect(await status(changed('spr', 'https,http'))).toBe(403);
    expect(await status(changed('rsct', 'text/html'))).toBe(403);
  });

  it('returns the requested response headers', async () => {
    const { url } = token(kind, {
      responseHeaders: {
        cacheControl: 'max-age=60, no-cache',
        contentDisposition: 'attachment; filename="a b+c%20.txt"',
        contentLanguage: 'en-GB',
        contentType: 'text/plain; charset=utf-8',
      },
    });
    const { headers } = await fetch(url);
    expect(headers.get('cache-control')).toBe('max-age=60, no-cache');
    expect(headers.get('content-disposition')).toBe('attachment; filename="a b+c%20.txt"');
    expect(headers.get('content-language')).toBe('en-GB');
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('reads a range, and contains an IP range, which the emulator does not enforce', async () => {
    const { url, query } = token(kind, { ip: '203.0.113.7-203.0.113.9' });
    const reply = await fetch(url, { headers: { range: 'bytes=2-4' } });
    expect([reply.status, await reply.text()]).toEqual([206, 'txt']);
    expect(query).toContain('sip=203.0.113.7-203.0.113.9');
  });
});

describe('an account key', () => {
  // The emulator omits the snapshot from the string to sign of a user delegation SAS, so only test vectors cover it.
  it('signs a token that opens only its snapshot', async () => {
    const blob = 'snapped';
    await box.uploadBlockBlob(blob, 'before', 6);
    const { snapshot } = await box.getBlobClient(blob).createSnapshot();
    await box.uploadBlockBlob(blob, 'after!', 6);
    const { url, query } = token('service', { resource: resource(blob, { snapshot: snapshot! }) });
    const reply = await fetch(url);
    expect([reply.status, await reply.text()]).toEqual([200, 'before']);
    expect(await status(at(`box/snapped`, query))).toBe(403);
  });

  it('signs a token whose permissions and expiry come from a stored policy of its container', async () => {
    const accessPolicy = { permissions: 'r', startsOn: seconds(-300), expiresOn: seconds(600) };
    await box.setAccessPolicy(undefined, [{ id: 'read & more+1', accessPolicy }]);
    const omit = { permissions: true, expiry: true, start: true };
    const bound = (policy: string) => token('service', { policy, omit });
    expect(await status(bound('read & more+1').url)).toBe(200);
    expect(await status(bound('read & more+1').url, PUT)).toBe(403);
    expect(await status(bound('nobody').url)).toBe(403);
  });

  it('can be either of the two keys of the account, and no other', async () => {
    const parts = { account: settings(), resource: resource('a.txt'), expiresAt: seconds(600) };
    const signedBy = (key: SigningKey) => sign(authorizedToken(parts), key, null).url;
    expect(await status(signedBy(keys.key2))).toBe(200);
    expect(await status(signedBy(accountKey()))).toBe(403);
  });
});
