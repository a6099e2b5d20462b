import { AzureNamedKeyCredential } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { expect, inject, test } from 'vitest';
import { blockId } from '../../shared/revocation/block.ts';
import { TableBlocks } from '../../shared/revocation/table-blocks.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { newAccount, useManagedIdentity } from '../stack-client.ts';
import { blocksContract } from './blocks.contract.ts';

const clock = () => new Date();
const soon = () => new Date(Date.now() + 5000);

async function newTable() {
  useManagedIdentity();
  const { name, key1, table } = await newAccount();
  const owner = auditTableClient(table, 'State', new AzureNamedKeyCredential(name, key1));
  const credential = new ManagedIdentityCredential({ clientId: inject('stack').signerClientId });
  return { owner, client: auditTableClient(table, 'State', credential) };
}

blocksContract('table', async () => {
  const { owner, client } = await newTable();
  await owner.createTable();
  return new TableBlocks({ client, clock });
});

test('a row that cannot be read does not count as absent', async () => {
  const { owner, client } = await newTable();
  await owner.createTable();
  const caller = { issuer: 'local', subject: 'uma' };
  await owner.createEntity({ partitionKey: 'blocks', rowKey: blockId(caller), block: '{' });
  const blocks = new TableBlocks({ client, clock });
  await expect(blocks.list(soon())).rejects.toMatchObject({ code: 'storage_unavailable' });
});

test('a missing table is not reported as no blocks', async () => {
  const { client } = await newTable();
  const blocks = new TableBlocks({ client, clock });
  await expect(blocks.list(soon())).rejects.toMatchObject({ code: 'storage_unavailable' });
});

test('a request that lands after its call has timed out does not undo a newer block', async () => {
  const { owner, client } = await newTable();
  await owner.createTable();
  const caller = { issuer: 'local', subject: 'uma' };
  const block = { id: blockId(caller), ...caller, reason: 'old', at: clock(), by: 'local/otto', until: null };
  let land: () => Promise<unknown> = () => Promise.resolve();
  const slow = Object.create(client) as typeof client;
  slow.createEntity = (row) => {
    land = () => client.createEntity(row);
    return new Promise(() => undefined);
  };
  const timedOut = new TableBlocks({ client: slow, clock }).put(block, new Date(Date.now() + 1000));
  await expect(timedOut).rejects.toMatchObject({ code: 'storage_unavailable' });
  const blocks = new TableBlocks({ client, clock });
  await blocks.put({ ...block, reason: 'new' }, soon());
  await expect(land()).rejects.toThrow();
  expect(await blocks.list(soon())).toMatchObject([{ reason: 'new' }]);
});
