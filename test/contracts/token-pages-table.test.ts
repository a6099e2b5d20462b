import { AzureNamedKeyCredential } from '@azure/data-tables';
import { expect, test } from 'vitest';
import { tableTokenPages } from '../../shared/audit/table-token-pages.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { newAccount } from '../stack-client.ts';
import { tokenPagesContract } from './token-pages.contract.ts';

async function newClient() {
  const { name, key1, table } = await newAccount();
  return auditTableClient(table, 'Audit', new AzureNamedKeyCredential(name, key1));
}

const clock = () => new Date();

tokenPagesContract('table', async () => {
  const client = await newClient();
  await client.createTable();
  const open = tableTokenPages({ client, clock });
  return {
    add: async (rows) => {
      await client.submitTransaction(rows.map((row) => ['create', row]));
    },
    open: (conditions) => open({ conditions, deadline: addSeconds(new Date(), 25) }),
  };
});

const query = { range: { from: 't-0-', before: 't-0.' }, from: '', top: 1, keysOnly: true };

test('token pages fail if the table is missing, or if no page can be read in time', async () => {
  const client = await newClient();
  const open = tableTokenPages({ client, clock });
  const missing = open({ conditions: [], deadline: addSeconds(new Date(), 5) });
  await expect(missing.read(query)).rejects.toMatchObject({ code: 'audit_unavailable' });
  await client.createTable();
  const late = open({ conditions: [], deadline: addSeconds(new Date(), -1) });
  await expect(late.read(query)).rejects.toMatchObject({ code: 'audit_unavailable' });
});

test('token pages end at 0.8 of the call’s time', async () => {
  const client = await newClient();
  await client.createTable();
  let now = new Date();
  const open = tableTokenPages({ client, clock: () => now });
  const pages = open({ conditions: [], deadline: addSeconds(now, 10) });
  expect(await pages.read(query)).not.toBeNull();
  now = addSeconds(now, 7);
  expect(pages.spent()).toBeCloseTo(7 / 8);
  expect(await pages.read(query)).not.toBeNull();
  now = addSeconds(now, 1);
  expect(await pages.read(query)).toBeNull();
});
