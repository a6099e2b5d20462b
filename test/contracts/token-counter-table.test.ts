import { AzureNamedKeyCredential, type TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { describe, expect, inject, test } from 'vitest';
import type { AuditRecord } from '../../shared/audit/audit-record.ts';
import { auditRow } from '../../shared/audit/audit-row.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import { TableTokenCounter } from '../../shared/rotation/table-token-counter.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { newAccount, useManagedIdentity } from '../stack-client.ts';
import { someRecord } from '../unit/audit/records.ts';
import { type Fate, tokenCounterContract } from './token-counter.contract.ts';

async function newTable() {
  useManagedIdentity();
  const { name, key1, table } = await newAccount();
  const owner = auditTableClient(table, 'Audit', new AzureNamedKeyCredential(name, key1));
  const credential = new ManagedIdentityCredential({ clientId: inject('stack').rotatorClientId });
  const client = auditTableClient(table, 'Audit', credential);
  const pages = new FurtherPages();
  client.pipeline.addPolicy(pages);
  return { owner, pages, counter: new TableTokenCounter({ client, clock: pages.now }) };
}

type Policy = Parameters<TableClient['pipeline']['addPolicy']>[0];

/** Intercepts requests for pages beyond the first, and keeps the clock of the instance that sends them. */
class FurtherPages implements Policy {
  readonly name = 'furtherPages';
  fate: Fate = 'pass';
  #ahead = 0;

  readonly now = () => addSeconds(new Date(), this.#ahead);

  readonly sendRequest: Policy['sendRequest'] = async (request, next) => {
    if (this.fate === 'pass' || !request.url.includes('NextPartitionKey')) return next(request);
    const statusCode = this.fate === 'refuse once' ? 400 : 503;
    if (this.fate === 'run out of time') this.#ahead = 3600;
    else this.fate = 'pass';
    throw Object.assign(new Error('as told'), { statusCode });
  };

  set(fate: Fate): void {
    this.fate = fate;
    this.#ahead = 0;
  }
}

tokenCounterContract('table', async () => {
  const { owner, pages, counter } = await newTable();
  await owner.createTable();
  return {
    counter,
    add: (...records) => addAll(owner, records),
    furtherPages: (fate) => pages.set(fate),
  };
});

describe('a count of live tokens in the audit table', () => {
  const now = new Date('2026-11-22T15:00:00Z');
  const hashes = { key1: '1'.repeat(64), key2: '2'.repeat(64) };
  const range = () => ({ hashes, issuedSince: null, now, deadline: addSeconds(new Date(), 20) });

  test('leaves out tokens of delegation keys, rows that add to a record, and other rows', async () => {
    const { owner, counter } = await newTable();
    await owner.createTable();
    const row = auditRow(someRecord(), 'i-1');
    await owner.createEntity({ ...row, rowKey: `${row.rowKey}~completed` });
    await owner.createEntity({ ...row, partitionKey: 'd-3-2026112215' });
    const delegationKey = { objectId: 'oid', startsAt: now, expiresAt: addSeconds(now, 3600) };
    const delegated = someRecord({ sig: 'd', kind: 'user-delegation', signedWith: { delegationKey } });
    await owner.createEntity(auditRow(delegated, 'i-1'));
    expect((await counter.countSignedWith('media', 'key1', range())).count).toBe(0);
  });

  test('includes account SAS, which the same key signed', async () => {
    const { owner, counter } = await newTable();
    await owner.createTable();
    const expiresAt = addSeconds(now, 1800);
    await owner.createEntity(auditRow(someRecord({ sig: 'a', kind: 'account', expiresAt }), 'i-1'));
    expect(await counter.countSignedWith('media', 'key1', range())).toMatchObject({
      count: 1,
      latestExpiry: expiresAt,
    });
  });

  test('fails if a row cannot be read', async () => {
    const { owner, counter } = await newTable();
    await owner.createTable();
    await owner.createEntity({ ...auditRow(someRecord(), 'i-1'), expiresAt: 'never' });
    const counting = counter.countSignedWith('media', 'key1', range());
    await expect(counting).rejects.toMatchObject({ code: 'audit_unavailable' });
  });

  test('fails if the table is missing, instead of returning zero', async () => {
    const { counter } = await newTable();
    const counting = counter.countSignedWith('media', 'key1', range());
    await expect(counting).rejects.toMatchObject({ code: 'audit_unavailable' });
  });
});

/** As many at once as a transaction takes: rows of one partition. */
async function addAll(table: TableClient, records: readonly AuditRecord[]): Promise<void> {
  const all = records.map((record) => auditRow(record, 'i-1'));
  for (const partition of new Set(all.map(({ partitionKey }) => partitionKey))) {
    const rows = all.filter(({ partitionKey }) => partitionKey === partition);
    for (let first = 0; first < rows.length; first += 100)
      await table.submitTransaction(rows.slice(first, first + 100).map((row) => ['create', row]));
  }
}
