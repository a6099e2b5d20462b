import { AzureNamedKeyCredential } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { expect, inject, test } from 'vitest';
import { TableRotationJournals } from '../../shared/rotation/table-rotation-journals.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { newAccount, useManagedIdentity } from '../stack-client.ts';
import { rotationJournalsContract } from './rotation-journals.contract.ts';

const timing = { callTimeoutMs: 5000, clock: () => new Date() };

async function newTable() {
  useManagedIdentity();
  const { name, key1, table } = await newAccount();
  const owner = auditTableClient(table, 'State', new AzureNamedKeyCredential(name, key1));
  const credential = new ManagedIdentityCredential({ clientId: inject('stack').rotatorClientId });
  return { owner, client: auditTableClient(table, 'State', credential) };
}

rotationJournalsContract('table', async () => {
  const { owner, client } = await newTable();
  await owner.createTable();
  return {
    journals: new TableRotationJournals({ client, ...timing }),
    garble: async (rowKey, journal) => {
      await owner.upsertEntity({ partitionKey: 'rotation', rowKey, journal }, 'Replace');
    },
    remove: async (rowKey) => {
      await owner.deleteEntity('rotation', rowKey);
    },
  };
});

test('a missing table is not reported as an absent journal', async () => {
  const { client } = await newTable();
  const loading = new TableRotationJournals({ client, ...timing }).load('media');
  await expect(loading).rejects.toMatchObject({ code: 'storage_unavailable' });
  const listing = new TableRotationJournals({ client, ...timing }).withOrders();
  await expect(listing).rejects.toMatchObject({ code: 'storage_unavailable' });
});
