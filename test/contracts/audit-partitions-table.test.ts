import { AzureNamedKeyCredential, type TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { afterEach, expect, inject, test } from 'vitest';
import { tableAuditPartitions } from '../../shared/audit/table-audit-partitions.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import type { FaultyTable } from '../fakes/faulty-table.ts';
import { newAccount, useManagedIdentity } from '../stack-client.ts';
import { startStackRelay } from '../stack-relay.ts';
import { auditPartitionsContract } from './audit-partitions.contract.ts';

const clock = () => new Date();
const soon = () => new Date(Date.now() + 5000);
const HOUR = 't-3-2026112215';

async function newTable() {
  useManagedIdentity();
  const { name, key1, table } = await newAccount();
  const owner = auditTableClient(table, 'Audit', new AzureNamedKeyCredential(name, key1));
  const credential = new ManagedIdentityCredential({ clientId: inject('stack').purgerClientId });
  const partitions = tableAuditPartitions({ client: auditTableClient(table, 'Audit', credential), clock });
  return { owner, name, key1, partitions };
}

const adder = (owner: TableClient) => async (partitionKey: string, rowKeys: readonly string[]) => {
  for (let first = 0; first < rowKeys.length; first += 100)
    await owner.submitTransaction(
      rowKeys.slice(first, first + 100).map((rowKey) => ['create', { partitionKey, rowKey }]),
    );
};

auditPartitionsContract('table', async () => {
  const { owner, partitions } = await newTable();
  await owner.createTable();
  return { partitions, add: adder(owner) };
});

test('a missing table is not an empty one', async () => {
  const { partitions } = await newTable();
  const unavailable = { code: 'audit_unavailable' };
  await expect(partitions.tableTime(soon())).rejects.toMatchObject(unavailable);
  await expect(partitions.firstPartition({ after: 't-', before: 't.' }, soon())).rejects.toMatchObject(
    unavailable,
  );
  await expect(partitions.rowKeys(HOUR, soon())).rejects.toMatchObject(unavailable);
  await expect(partitions.deleteRows(HOUR, ['a'], soon())).rejects.toMatchObject(unavailable);
  await expect(partitions.deleteRows(HOUR, ['a', 'b'], soon())).rejects.toMatchObject(unavailable);
});

let proxy: FaultyTable | null = null;
afterEach(async () => {
  await proxy?.stop();
  proxy = null;
});

test.each(['lose-reply', 'refuse', 'error'] as const)(
  'deletes rows through a table that answers one request in three with the fault %s',
  async (fault) => {
    const { owner, name, key1 } = await newTable();
    await owner.createTable();
    await adder(owner)(
      HOUR,
      Array.from({ length: 30 }, (_, index) => `row-${index}`),
    );
    proxy = await startStackRelay({ failEvery: 3, faults: [fault] });
    const client = auditTableClient(`${proxy.url}/${name}`, 'Audit', new AzureNamedKeyCredential(name, key1));
    const partitions = tableAuditPartitions({ client, clock });
    for (let left = await partitions.rowKeys(HOUR, soon()); left.length > 0;) {
      await partitions.deleteRows(HOUR, left.slice(0, 10), new Date(Date.now() + 20_000));
      left = await partitions.rowKeys(HOUR, soon());
    }
    expect(proxy.stats.done[fault]).toBeGreaterThan(0);
    expect(await tableAuditPartitions({ client: owner, clock }).rowKeys(HOUR, soon())).toEqual([]);
  },
);
