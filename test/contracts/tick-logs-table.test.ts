import { AzureNamedKeyCredential } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { expect, inject, test } from 'vitest';
import { TableTickLogs } from '../../shared/rotation/table-tick-logs.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { newAccount, useManagedIdentity } from '../stack-client.ts';
import { tickLogsContract } from './tick-logs.contract.ts';

const timing = { callTimeoutMs: 5000, clock: () => new Date() };

async function newTable() {
  useManagedIdentity();
  const { name, key1, table } = await newAccount();
  const owner = auditTableClient(table, 'State', new AzureNamedKeyCredential(name, key1));
  const credential = new ManagedIdentityCredential({ clientId: inject('stack').signerClientId });
  const ticks = new TableTickLogs({ client: auditTableClient(table, 'State', credential), ...timing });
  return { owner, ticks };
}

tickLogsContract('table', async () => {
  const { owner, ticks } = await newTable();
  await owner.createTable();
  return ticks;
});

test.each([
  {},
  { lastTickAt: 'yesterday', gapSeconds: 300 },
  { lastTickAt: '2026-11-22T12:00:00Z', gapSeconds: -1 },
  { lastTickAt: '2026-11-22T12:00:00Z', gapSeconds: '300' },
])('a row that cannot be parsed counts as absent, and the next tick replaces it: %o', async (columns) => {
  const { owner, ticks } = await newTable();
  await owner.createTable();
  await owner.createEntity({ partitionKey: 'timers', rowKey: 'rotateKeys', ...columns });
  expect(await ticks.load()).toBeNull();
  const log = { lastTickAt: new Date('2026-11-22T12:00:00Z'), gapSeconds: 300, nextAccount: null };
  await ticks.save(log);
  expect(await ticks.load()).toEqual(log);
});

test('a missing table is not reported as an absent record', async () => {
  const { ticks } = await newTable();
  const unavailable = { code: 'storage_unavailable' };
  await expect(ticks.load()).rejects.toMatchObject(unavailable);
  const log = { lastTickAt: new Date(), gapSeconds: 0, nextAccount: null };
  await expect(ticks.save(log)).rejects.toMatchObject(unavailable);
});
