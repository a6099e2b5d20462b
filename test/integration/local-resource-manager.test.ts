import { StorageManagementClient } from '@azure/arm-storage';
import { ManagedIdentityCredential } from '@azure/identity';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import {
  newAccount,
  resourceManagerCalls,
  setKey,
  type TestAccount,
  useManagedIdentity,
} from '../stack-client.ts';
const subscription = '0c0ffee0-0000-4000-8000-0000000000c1';
let client: StorageManagementClient;

function clientOf(clientId: string, maxRetries = 0): StorageManagementClient {
  return new StorageManagementClient(new ManagedIdentityCredential(clientId), subscription, {
    endpoint: inject('stack').resourceManager,
    retryOptions: { maxRetries },
  });
}

beforeAll(() => {
  useManagedIdentity();
  client = clientOf(inject('stack').rotatorClientId);
});

async function listed({ name }: TestAccount): Promise<{ key1: string; key2: string }> {
  const { keys } = await client.storageAccounts.listKeys('any', name);
  const [key1, key2] = keys!.map(({ value }) => value!) as [string, string];
  return { key1, key2 };
}

const opens = ({ name, blob }: TestAccount, key: string): Promise<number> =>
  new BlobServiceClient(blob, new StorageSharedKeyCredential(name, key)).getProperties().then(
    () => 200,
    (error: unknown) => (error as { statusCode: number }).statusCode,
  );

describe('the laptop Resource Manager, through the official client', () => {
  it('returns an account with the creation times of its keys', async () => {
    const account = await newAccount();
    const seen = await client.storageAccounts.getProperties('any', account.name);

    expect(seen).toMatchObject({ name: account.name, kind: 'StorageV2', isHnsEnabled: false });
    expect(seen.id).toMatch(new RegExp(`/resourceGroups/any/.*/storageAccounts/${account.name}$`));
    expect(seen.primaryEndpoints?.blob).toBe(`${account.blob}/`);
    for (const key of ['key1', 'key2'] as const) {
      expect(Math.abs(seen.keyCreationTime![key]!.getTime() - Date.now())).toBeLessThan(10_000);
    }
  });

  it('returns key ages that a test chose, and none for a very old key', async () => {
    const { name } = await newAccount(undefined, { key1: null, key2: '2020-02-02T00:00:00.000Z' });
    const { keyCreationTime } = await client.storageAccounts.getProperties('any', name);
    expect(keyCreationTime).toEqual({ key1: null, key2: new Date('2020-02-02') });
  });

  it('regenerates a key: storage refuses the old value at once and accepts the new value and the other key', async () => {
    const account = await newAccount(undefined, { key1: null, key2: null });
    expect(await listed(account)).toEqual({ key1: account.key1, key2: account.key2 });

    const { keys = [] } = await client.storageAccounts.regenerateKey('any', account.name, {
      keyName: 'key2',
    });

    const [key1, key2] = keys.map(({ value }) => value!) as [string, string];
    expect(await listed(account)).toEqual({ key1: account.key1, key2 });
    expect(key2).not.toBe(account.key2);
    expect([await opens(account, account.key2), await opens(account, key1)]).toEqual([403, 200]);
    expect(await opens(account, key2)).toBe(200);
    expect(keys[0]).toMatchObject({ keyName: 'key1', permissions: 'FULL', creationTime: null });
    expect(keys[1]?.creationTime).toBeInstanceOf(Date);
  });

  it('shows a manually set key and its age', async () => {
    const account = await newAccount(undefined, { key1: null, key2: null });
    const { key1 } = await setKey(account.name, 'key1');
    expect(await listed(account)).toEqual({ key1, key2: account.key2 });
    const { keyCreationTime } = await client.storageAccounts.getProperties('any', account.name);
    expect(keyCreationTime).toEqual({ key1: expect.any(Date) as Date, key2: null });
  });

  it('revokes user delegation keys', async () => {
    const { name } = await newAccount();
    await client.storageAccounts.revokeUserDelegationKeys('any', name);
    expect(await resourceManagerCalls(name)).toEqual({ revokeUserDelegationKeys: { asked: 1, done: 1 } });
  });
});

describe('the laptop Resource Manager rejects', () => {
  it('an unknown account and an unknown key name', async () => {
    const { name } = await newAccount();
    const absent = { statusCode: 404, code: 'ResourceNotFound' };
    await expect(client.storageAccounts.getProperties('any', 'nosuch')).rejects.toMatchObject(absent);
    await expect(client.storageAccounts.listKeys('any', 'constructor')).rejects.toMatchObject(absent);
    await expect(
      client.storageAccounts.regenerateKey('any', name, { keyName: 'key3' }),
    ).rejects.toMatchObject({ statusCode: 400, code: 'InvalidValuesForRequestParameters' });
    expect(await resourceManagerCalls(name)).toEqual({ regenerateKey: { asked: 1, done: 0 } });
  });

  it('every identity except the rotator', async () => {
    const signer = clientOf(inject('stack').signerClientId);
    await expect(signer.storageAccounts.listKeys('any', 'media')).rejects.toMatchObject({
      statusCode: 403,
      code: 'AuthorizationFailed',
    });
  });

  it('requests without a bearer token for it or without api-version, and ignores the case of the path', async () => {
    const { name } = await newAccount();
    const { token } = await new ManagedIdentityCredential(inject('stack').rotatorClientId).getToken(
      'https://management.azure.com/.default',
    );
    const path = `/SUBSCRIPTIONS/s/resourcegroups/g/providers/microsoft.storage/STORAGEACCOUNTS/${name.toUpperCase()}`;
    const status = async (query: string, bearer?: string): Promise<number> =>
      (
        await fetch(`${inject('stack').resourceManager}${path}${query}`, {
          headers: bearer ? { authorization: `Bearer ${bearer}` } : {},
        })
      ).status;
    expect(await status('?api-version=2025-08-01')).toBe(401);
    expect(await status('?api-version=2025-08-01', 'nonsense')).toBe(401);
    expect(await status('', token)).toBe(400);
    expect(await status('?api-version=2025-08-01', token)).toBe(200);
  });
});
