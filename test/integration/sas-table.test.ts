import {
  AzureNamedKeyCredential,
  AzureSASCredential,
  TableClient,
  TableServiceClient,
} from '@azure/data-tables';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TableResource } from '../../shared/azure/resources.ts';
import type { AuthorizedToken } from '../../shared/grants/authorized-token.ts';
import { SecretText } from '../../shared/keys/signing-keys.ts';
import { sign } from '../../shared/sas/sign-token.ts';
import { account } from '../fakes/configuration.ts';
import { newAccount, type TestAccount } from '../stack-client.ts';
import { accountKey, authorizedToken } from '../unit/sas/sas-samples.ts';

const seconds = (ahead: number): Date => new Date(Math.floor(Date.now() / 1000 + ahead) * 1000);
const refused = { statusCode: 403 };

let storage: TestAccount;
let owner: TableClient;

beforeAll(async () => {
  storage = await newAccount();
  const credential = new AzureNamedKeyCredential(storage.name, storage.key1);
  const service = new TableServiceClient(storage.table, credential);
  for (const name of ['Inventory', 'Other']) await service.createTable(name);
  owner = new TableClient(storage.table, 'Inventory', credential);
  for (const partitionKey of ['a', 'm', 'z'])
    await owner.createEntity({ partitionKey, rowKey: '1', count: 1 });
  await owner.setAccessPolicy([
    { id: 'read ers', accessPolicy: { permission: 'r', start: seconds(-300), expiry: seconds(600) } },
  ]);
});

function signed(parts: Partial<AuthorizedToken> = {}, keys: Partial<TableResource> = {}) {
  const { blob, queue, table, name } = storage;
  const settings = account({ name, endpoints: { blob, queue, table, file: blob } });
  const resource: TableResource = { account: name, service: 'table', table: 'Inventory', ...keys };
  const token = authorizedToken({ account: settings, resource, expiresAt: seconds(600), ...parts });
  return sign(token, accountKey({ value: new SecretText(storage.key1) }), null);
}

function client(
  permissions: string,
  parts: Partial<AuthorizedToken> = {},
  keys: Partial<TableResource> = {},
) {
  const { query } = signed({ permissions, ...parts }, keys);
  return new TableClient(storage.table, 'Inventory', new AzureSASCredential(query));
}

async function keysSeen(table: TableClient): Promise<unknown[]> {
  const seen = [];
  for await (const { partitionKey } of table.listEntities()) seen.push(partitionKey);
  return seen;
}

describe('a service SAS of a table', () => {
  it('queries entities and does nothing else', async () => {
    const querying = client('r');
    expect(await keysSeen(querying)).toEqual(expect.arrayContaining(['a', 'm', 'z']));
    expect(await querying.getEntity('a', '1')).toMatchObject({ count: 1 });
    await expect(querying.createEntity({ partitionKey: 'x', rowKey: '1' })).rejects.toMatchObject(refused);
    await expect(querying.deleteEntity('a', '1')).rejects.toMatchObject(refused);
  });

  it('adds, updates and deletes entities with the permissions for it', async () => {
    const entity = { partitionKey: 'n', rowKey: '1', count: 1 };
    await expect(client('ud').createEntity(entity)).rejects.toMatchObject(refused);
    await client('a').createEntity(entity);
    await expect(client('ra').updateEntity({ ...entity, count: 2 })).rejects.toMatchObject(refused);
    await client('u').updateEntity({ ...entity, count: 2 });
    await expect(client('rau').deleteEntity('n', '1')).rejects.toMatchObject(refused);
    await client('duar').deleteEntity('n', '1');
  });

  // The emulator lets "d" delete the table itself, which Azure does not.
  it('opens no other table and lists no tables', async () => {
    const { query } = signed({ permissions: 'raud' });
    const other = new TableClient(storage.table, 'Other', new AzureSASCredential(query));
    await expect(keysSeen(other)).rejects.toMatchObject(refused);
    const service = new TableServiceClient(storage.table, new AzureSASCredential(query));
    await expect(service.listTables().next()).rejects.toMatchObject(refused);
  });

  it('has a URL that can be fetched unchanged', async () => {
    const { url, query } = signed();
    expect(url.startsWith(`${storage.table}/Inventory?`)).toBe(true);
    const headers = { accept: 'application/json;odata=nometadata' };
    expect((await fetch(`${storage.table}/Inventory()?${query}`, { headers })).status).toBe(200);
    expect((await fetch(url.replace('sp=r', 'sp=ra'), { headers })).status).toBe(403);
  });

  it('works only between its start and its expiry', async () => {
    await expect(keysSeen(client('r', { expiresAt: seconds(-1) }))).rejects.toMatchObject(refused);
    await expect(keysSeen(client('r', { startsAt: seconds(300) }))).rejects.toMatchObject(refused);
    await keysSeen(client('r', { startsAt: seconds(-300), ip: '203.0.113.7' }));
  });

  it('has a signed key range that its holder cannot widen', async () => {
    const range = { partitionKeyStart: 'a', partitionKeyEnd: 'm', rowKeyStart: '1', rowKeyEnd: '9 & é' };
    expect(await keysSeen(client('r', {}, range))).toContain('a');
    const { query } = signed({}, range);
    const widened = new TableClient(
      ...([storage.table, 'Inventory', new AzureSASCredential(query.replace('epk=m', 'epk=z'))] as const),
    );
    await expect(keysSeen(widened)).rejects.toMatchObject(refused);
  });

  it('takes permissions and expiry from its stored policy', async () => {
    const omit = { permissions: true, expiry: true, start: true };
    const bound = client('r', { policy: 'read ers', omit });
    expect(await keysSeen(bound)).toContain('a');
    await expect(bound.createEntity({ partitionKey: 'x', rowKey: '1' })).rejects.toMatchObject(refused);
    await expect(keysSeen(client('r', { policy: 'nobody', omit }))).rejects.toMatchObject(refused);
  });
});
