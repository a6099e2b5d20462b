import { TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import {
  BlobSASPermissions,
  BlobServiceClient,
  ContainerClient,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { newAccount, setKey, type TestAccount, useManagedIdentity } from '../stack-client.ts';
const inAnHour = (): Date => new Date(Date.now() + 3_600_000);

function serviceSas(account: TestAccount, key: string): string {
  const credential = new StorageSharedKeyCredential(account.name, key);
  const permissions = BlobSASPermissions.parse('r');
  const values = { containerName: 'box', blobName: 'a.txt', permissions, expiresOn: inAnHour() };
  return generateBlobSASQueryParameters(values, credential).toString();
}

async function accountWithBlob(): Promise<{ account: TestAccount; read: (sas: string) => Promise<number> }> {
  const account = await newAccount();
  const credential = new StorageSharedKeyCredential(account.name, account.key1);
  const box = new ContainerClient(`${account.blob}/box`, credential);
  await box.create();
  await box.uploadBlockBlob('a.txt', 'hello', 5);
  const read = async (sas: string): Promise<number> =>
    (await fetch(`${account.blob}/box/a.txt?${sas}`)).status;
  return { account, read };
}

describe('the laptop storage', () => {
  beforeAll(useManagedIdentity);

  it('refuses a token of a regenerated key and still accepts the other key', async () => {
    const { account, read } = await accountWithBlob();
    const [first, second] = [serviceSas(account, account.key1), serviceSas(account, account.key2)];
    expect([await read(first), await read(second)]).toEqual([200, 200]);

    const after = await setKey(account.name, 'key1');

    expect([await read(first), await read(second)]).toEqual([403, 200]);
    expect(await read(serviceSas(account, after.key1))).toBe(200);
    expect(after.key2).toBe(account.key2);
  });

  it("accepts a new account's keys only for that account", async () => {
    const [one, other] = [await accountWithBlob(), await accountWithBlob()];
    expect(await one.read(serviceSas(one.account, other.account.key1))).toBe(403);
  });

  it('issues a user delegation key to a managed identity, and its tokens work', async () => {
    const { account, read } = await accountWithBlob();
    const { signerClientId } = inject('stack');
    const service = new BlobServiceClient(account.blob, new ManagedIdentityCredential(signerClientId));
    const key = await service.getUserDelegationKey(new Date(Date.now() - 60_000), inAnHour());
    const values = { containerName: 'box', blobName: 'a.txt', expiresOn: inAnHour(), version: '2025-11-05' };

    const sas = generateBlobSASQueryParameters(
      { ...values, permissions: BlobSASPermissions.parse('r') },
      key,
      account.name,
    );

    expect(await read(sas.toString())).toBe(200);
    expect(key.signedObjectId).toMatch(/b1$/);
  });

  it("lets a managed identity write and read the broker's tables", async () => {
    const { signerClientId, table } = inject('stack');
    const credential = new ManagedIdentityCredential(signerClientId);
    const audit = new TableClient(`${table}/brokerstate`, 'BrokerAudit', credential);
    await audit.createEntity({ partitionKey: 'p', rowKey: 'r', text: 'kept' });
    expect(await audit.getEntity('p', 'r')).toMatchObject({ text: 'kept' });
  });
});
