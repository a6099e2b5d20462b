import { AzureNamedKeyCredential, type TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { describe, expect, inject, test } from 'vitest';
import { auditRow } from '../../shared/audit/audit-row.ts';
import { auditTableClient } from '../../shared/audit/table-audit-log.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import { TableLiveTokens } from '../../shared/rotation/table-live-tokens.ts';
import { newAccount, useManagedIdentity } from '../stack-client.ts';
import { someRecord } from '../unit/audit/records.ts';
import { liveTokensContract } from './live-tokens.contract.ts';

async function newTable() {
  useManagedIdentity();
  const { name, key1, table } = await newAccount();
  const owner = auditTableClient(table, 'Audit', new AzureNamedKeyCredential(name, key1));
  const credential = new ManagedIdentityCredential({ clientId: inject('stack').rotatorClientId });
  const client = auditTableClient(table, 'Audit', credential);
  return { owner, liveTokens: new TableLiveTokens({ client, now: () => new Date() }) };
}

liveTokensContract('table', async () => {
  const { owner, liveTokens } = await newTable();
  await owner.createTable();
  return {
    liveTokens,
    add: async (record) => {
      await owner.createEntity(auditRow(record, 'i-1'));
    },
  };
});

describe('live tokens in the audit table', () => {
  const now = new Date('2026-11-22T15:00:00Z');
  const range = () => ({ issuedSince: null, now, deadline: addSeconds(new Date(), 20) });

  test('are counted over pages', async () => {
    const { owner, liveTokens } = await newTable();
    await owner.createTable();
    await addMany(owner, 1250);
    expect((await liveTokens.signedWith('media', 'key1', range())).count).toBe(1250);
  });

  test('leave out delegation keys, rows that say more of a record, and other rows', async () => {
    const { owner, liveTokens } = await newTable();
    await owner.createTable();
    const row = auditRow(someRecord(), 'i-1');
    await owner.createEntity({ ...row, rowKey: `${row.rowKey}~completed` });
    await owner.createEntity({ ...row, partitionKey: 'd-3-2026112215' });
    const delegationKey = { objectId: 'oid', startsAt: now, expiresAt: addSeconds(now, 3600) };
    const delegated = someRecord({ sig: 'd', kind: 'user-delegation', signedWith: { delegationKey } });
    await owner.createEntity(auditRow(delegated, 'i-1'));
    expect((await liveTokens.signedWith('media', 'key1', range())).count).toBe(0);
  });

  test('are not counted where a row of theirs cannot be read', async () => {
    const { owner, liveTokens } = await newTable();
    await owner.createTable();
    await owner.createEntity({ ...auditRow(someRecord(), 'i-1'), expiresAt: 'never' });
    const counting = liveTokens.signedWith('media', 'key1', range());
    await expect(counting).rejects.toMatchObject({ code: 'audit_unavailable' });
  });

  test('are not none where there is no table', async () => {
    const { liveTokens } = await newTable();
    const counting = liveTokens.signedWith('media', 'key1', range());
    await expect(counting).rejects.toMatchObject({ code: 'audit_unavailable' });
  });
});

async function addMany(table: TableClient, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) =>
    auditRow(someRecord({ sig: `page-${index}` }), 'i-1'),
  );
  for (let first = 0; first < count; first += 100)
    await table.submitTransaction(rows.slice(first, first + 100).map((row) => ['create', row]));
}
