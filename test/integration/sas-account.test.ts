import {
  AzureNamedKeyCredential,
  AzureSASCredential,
  TableClient,
  TableServiceClient,
} from '@azure/data-tables';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountResource } from '../../shared/azure/resources.ts';
import type { ResourceType, Service } from '../../shared/azure/services.ts';
import type { AuthorizedToken } from '../../shared/grants/authorized-token.ts';
import { SecretText } from '../../shared/keys/signing-keys.ts';
import { sign } from '../../shared/sas/sign-token.ts';
import { account } from '../fakes/configuration.ts';
import { newAccount, type TestAccount } from '../stack-client.ts';
import { accountKey, authorizedToken } from '../unit/sas/sas-samples.ts';

const seconds = (ahead: number): Date => new Date(Math.floor(Date.now() / 1000 + ahead) * 1000);
const refused = { statusCode: 403 };

let storage: TestAccount;

beforeAll(async () => {
  storage = await newAccount();
  const blobs = new BlobServiceClient(
    storage.blob,
    new StorageSharedKeyCredential(storage.name, storage.key1),
  );
  await blobs.createContainer('box');
  await blobs.getContainerClient('box').uploadBlockBlob('a.txt', 'text', 4);
  const tables = new TableServiceClient(
    storage.table,
    new AzureNamedKeyCredential(storage.name, storage.key1),
  );
  await tables.createTable('Inventory');
});

interface Reach {
  services: Service[];
  resourceTypes: ResourceType[];
  permissions: string;
}

function signed({ services, resourceTypes, permissions }: Reach, parts: Partial<AuthorizedToken> = {}) {
  const { blob, queue, table, name } = storage;
  const settings = account({ name, endpoints: { blob, queue, table, file: blob } });
  const resource: AccountResource = { account: name, services, resourceTypes };
  const terms = { kind: 'account', permissions, expiresAt: seconds(600) } as const;
  const token = authorizedToken({ account: settings, resource, ...terms, ...parts });
  return sign(token, accountKey({ value: new SecretText(storage.key1) }), null);
}

function clients(reach: Reach, parts: Partial<AuthorizedToken> = {}) {
  const { query } = signed(reach, parts);
  return {
    blobs: new BlobServiceClient(`${storage.blob}/?${query}`),
    queues: new QueueServiceClient(`${storage.queue}/?${query}`),
    tables: new TableServiceClient(storage.table, new AzureSASCredential(query)),
    rows: new TableClient(storage.table, 'Inventory', new AzureSASCredential(query)),
  };
}

async function first<T>(items: AsyncIterableIterator<T>): Promise<T | undefined> {
  return (await items.next()).value as T | undefined;
}

const EVERYTHING: Reach = {
  services: ['table', 'queue', 'file', 'blob'],
  resourceTypes: ['object', 'container', 'service'],
  permissions: 'iftpucalyxdwr',
};

describe('an account SAS', () => {
  it('with every service and resource type opens every service at every level', async () => {
    const { blobs, queues, tables, rows } = clients(EVERYTHING);
    expect(await first(blobs.listContainers())).toMatchObject({ name: 'box' });
    await blobs.getContainerClient('box').uploadBlockBlob('b.txt', 'text', 4);
    await queues.createQueue('jobs');
    await queues.getQueueClient('jobs').sendMessage('one');
    expect(await first(tables.listTables())).toMatchObject({ name: 'Inventory' });
    await rows.createEntity({ partitionKey: 'a', rowKey: '1' });
    await rows.deleteEntity('a', '1');
  });

  it('has a URL that the SDK clients accept unchanged', async () => {
    const { url } = signed(EVERYTHING);
    expect(await first(new BlobServiceClient(url).listContainers())).toMatchObject({ name: 'box' });
    const ofQueues = signed({ ...EVERYTHING, services: ['table', 'queue'] });
    await new QueueServiceClient(ofQueues.url).getProperties();
    const ofTables = signed({ ...EVERYTHING, services: ['table'] });
    expect(await first(new TableServiceClient(ofTables.url).listTables())).toMatchObject({
      name: 'Inventory',
    });
  });

  it.each<Service>(['blob', 'queue', 'table'])(
    'for one service opens no other service: %s',
    async (service) => {
      const { blobs, queues, tables } = clients({ ...EVERYTHING, services: [service] });
      const calls: [Service, () => Promise<unknown>][] = [
        ['blob', () => first(blobs.listContainers())],
        ['queue', () => first(queues.listQueues())],
        ['table', () => first(tables.listTables())],
      ];
      for (const [called, call] of calls) {
        if (called === service) await call();
        else await expect(call()).rejects.toMatchObject(refused);
      }
    },
  );

  it('for one resource type opens no other type', async () => {
    const ofObjects = clients({ ...EVERYTHING, resourceTypes: ['object'] });
    await ofObjects.blobs.getContainerClient('box').getBlobClient('a.txt').download();
    await expect(first(ofObjects.blobs.listContainers())).rejects.toMatchObject(refused);
    await expect(first(ofObjects.queues.listQueues())).rejects.toMatchObject(refused);
    await expect(ofObjects.queues.createQueue('more')).rejects.toMatchObject(refused);
    const ofContainers = clients({ ...EVERYTHING, resourceTypes: ['container'] });
    await first(ofContainers.blobs.getContainerClient('box').listBlobsFlat());
    await expect(
      ofContainers.blobs.getContainerClient('box').getBlobClient('a.txt').download(),
    ).rejects.toMatchObject(refused);
  });

  it('allows what its permissions say and nothing else', async () => {
    const reading = clients({ ...EVERYTHING, permissions: 'r' });
    const box = reading.blobs.getContainerClient('box');
    await box.getBlobClient('a.txt').download();
    await expect(box.uploadBlockBlob('c.txt', 'text', 4)).rejects.toMatchObject(refused);
    await expect(box.deleteBlob('a.txt')).rejects.toMatchObject(refused);
    await expect(first(box.listBlobsFlat())).rejects.toMatchObject(refused);
    await expect(reading.rows.createEntity({ partitionKey: 'b', rowKey: '1' })).rejects.toMatchObject(
      refused,
    );
    await first(reading.rows.listEntities());
  });

  it('works only between its start and its expiry, and not after a change', async () => {
    const listed = (parts: Partial<AuthorizedToken>) =>
      first(clients(EVERYTHING, parts).blobs.listContainers());
    await expect(listed({ expiresAt: seconds(-1) })).rejects.toMatchObject(refused);
    await expect(listed({ startsAt: seconds(300) })).rejects.toMatchObject(refused);
    await listed({ startsAt: seconds(-300), ip: '203.0.113.7-203.0.113.9' });
    const { url } = signed({ ...EVERYTHING, services: ['blob'] });
    const { query } = signed({ ...EVERYTHING, services: ['blob'] });
    const wider = new QueueServiceClient(`${storage.queue}/?${query.replace('ss=b', 'ss=bq')}`);
    await expect(first(wider.listQueues())).rejects.toMatchObject(refused);
    const longer = new BlobServiceClient(url.replace(/se=[^&]+/, 'se=2030-01-01T00%3A00%3A00Z'));
    await expect(first(longer.listContainers())).rejects.toMatchObject(refused);
  });
});
