import { AzureNamedKeyCredential } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { expect, inject, test } from 'vitest';
import { TableDeaths } from '../../shared/deaths/table-deaths.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { newAccount, useManagedIdentity } from '../stack-client.ts';
import { deathsContract } from './deaths.contract.ts';

const clock = () => new Date();
const soon = () => new Date(Date.now() + 5000);

async function newTable() {
  useManagedIdentity();
  const { name, key1, table } = await newAccount();
  const owner = auditTableClient(table, 'State', new AzureNamedKeyCredential(name, key1));
  const credential = new ManagedIdentityCredential({ clientId: inject('stack').rotatorClientId });
  return { owner, client: auditTableClient(table, 'State', credential) };
}

deathsContract('table', async () => {
  const { owner, client } = await newTable();
  await owner.createTable();
  return new TableDeaths({ client, clock });
});

test('a row that cannot be read does not count as absent', async () => {
  const { owner, client } = await newTable();
  await owner.createTable();
  await owner.createEntity({ partitionKey: 'deaths-media', rowKey: 'key-1', death: '{' });
  const deaths = new TableDeaths({ client, clock });
  await expect(deaths.list('media', soon())).rejects.toMatchObject({ code: 'storage_unavailable' });
});

test('a missing table is not reported as no deaths', async () => {
  const { client } = await newTable();
  const deaths = new TableDeaths({ client, clock });
  await expect(deaths.list('media', soon())).rejects.toMatchObject({ code: 'storage_unavailable' });
});
