import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import {
  QueueServiceClient,
  StorageSharedKeyCredential as QueueSharedKeyCredential,
} from '@azure/storage-queue';
import { expect, inject, onTestFinished, test } from 'vitest';
import { auditRow } from '../../shared/audit/audit-row.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import { StoragePolicies } from '../../shared/stored-policies/storage-policies.ts';
import { TablePolicyLedgers } from '../../shared/stored-policies/table-policy-ledgers.ts';
import { TablePolicyUses } from '../../shared/stored-policies/table-policy-uses.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { account } from '../fakes/configuration.ts';
import { MemoryAccountKeys } from '../fakes/memory-account-keys.ts';
import { storedPolicy } from '../fakes/memory-stored-policies.ts';
import { newAccount, useManagedIdentity } from '../stack-client.ts';
import { startStackRelay } from '../stack-relay.ts';
import { policyLedgersContract, policyUsesContract } from './stored-policies-state.contract.ts';
import { storedPoliciesContract } from './stored-policies.contract.ts';

const clock = () => new Date();

async function newStorage() {
  const { name, key1, ...endpoints } = await newAccount();
  const { blob, queue, table } = endpoints;
  const accountKeys = new MemoryAccountKeys();
  accountKeys.publish(name, key1);
  return {
    name,
    key1,
    blob,
    queue,
    table,
    accountKeys,
    stored: new StoragePolicies({ accountKeys, clock }),
    account: account({ name, endpoints: { blob, queue, table, file: `${blob}-file` } }),
  };
}

storedPoliciesContract('container', 'blob', async () => {
  const { name, key1, blob, stored, account: owner } = await newStorage();
  const service = new BlobServiceClient(blob, new StorageSharedKeyCredential(name, key1));
  await service.getContainerClient('photos').create();
  return { stored, place: { account: owner, service: 'blob', name: 'photos' } };
});

storedPoliciesContract('queue', 'queue', async () => {
  const { name, key1, queue, stored, account: owner } = await newStorage();
  const service = new QueueServiceClient(queue, new QueueSharedKeyCredential(name, key1));
  await service.getQueueClient('jobs').create();
  return { stored, place: { account: owner, service: 'queue', name: 'jobs' } };
});

storedPoliciesContract('table', 'table', async () => {
  const { name, key1, table, stored, account: owner } = await newStorage();
  await new TableClient(table, 'Inventory', new AzureNamedKeyCredential(name, key1)).createTable();
  return { stored, place: { account: owner, service: 'table', name: 'Inventory' } };
});

/** A place named `photos` in one service, behind a proxy that fails on demand. */
async function behindProxy(service: 'blob' | 'queue' | 'table') {
  const storage = await newStorage();
  const { name, key1, blob, queue, table } = storage;
  if (service === 'blob') {
    const blobs = new BlobServiceClient(blob, new StorageSharedKeyCredential(name, key1));
    await blobs.getContainerClient('photos').create();
  } else if (service === 'queue') {
    await new QueueServiceClient(queue, new QueueSharedKeyCredential(name, key1)).createQueue('photos');
  } else await new TableClient(table, 'photos', new AzureNamedKeyCredential(name, key1)).createTable();
  const proxy = await startStackRelay({ target: inject('stack')[service] });
  onTestFinished(() => proxy.stop());
  const endpoints = { ...storage.account.endpoints, [service]: `${proxy.url}/${name}` };
  const place = { account: account({ name, endpoints }), service, name: 'photos' } as const;
  return { proxy, stored: storage.stored, place };
}

test.each(['blob', 'queue', 'table'] as const)(
  'a replacement in the %s service is sent once, whatever its outcome',
  async (service) => {
    const { proxy, stored, place } = await behindProxy(service);
    const soon = () => addSeconds(clock(), 10);
    const before = await stored.read(place, soon());
    for (const fault of ['refuse', 'error', 'lose-request', 'lose-reply'] as const) {
      proxy.set({ failEvery: 1, faults: [fault], only: 'write' });
      const sent = proxy.stats.writes;
      // If it were sent again, it could take effect twice, and overwrite what others have written in between.
      const replacing = stored.replace(place, before, soon());
      await expect(replacing).rejects.toMatchObject({ code: 'storage_unavailable' });
      expect(proxy.stats.writes).toBe(sent + 1);
    }
    proxy.set({ failEvery: 0 });
    await stored.replace(place, before, soon());
    expect(await stored.read(place, soon())).toEqual(before);
  },
);

test('policies that a service rejects are distinguished from a service that fails', async () => {
  const { stored, place } = await behindProxy('table');
  const replacing = stored.replace(
    place,
    { policies: [storedPolicy({ permissions: 'r' })], publicAccess: null },
    addSeconds(clock(), 10),
  );
  await expect(replacing).rejects.toMatchObject({ code: 'invalid_request', errors: [{ path: '' }] });
});

async function newTable() {
  useManagedIdentity();
  const { name, key1, table } = await newAccount();
  const owner = auditTableClient(table, 'Kept', new AzureNamedKeyCredential(name, key1));
  await owner.createTable();
  const credential = new ManagedIdentityCredential({ clientId: inject('stack').signerClientId });
  return { owner, client: auditTableClient(table, 'Kept', credential) };
}

policyLedgersContract(
  'table',
  async () => new TablePolicyLedgers({ client: (await newTable()).client, clock }),
);

policyUsesContract('table', async () => {
  const { owner, client } = await newTable();
  return {
    uses: new TablePolicyUses({ client, clock }),
    add: async (record) => {
      await owner.createEntity(auditRow(record, 'i-1'));
    },
  };
});

test('a ledger that cannot be parsed never counts as empty', async () => {
  const { owner, client } = await newTable();
  const ledgers = new TablePolicyLedgers({ client, clock });
  const rows = [{}, { ledger: 'null' }, { ledger: '{"lease":null}' }, { ledger: 'not json' }];
  for (const row of rows) {
    await owner.upsertEntity({ partitionKey: 'policies', rowKey: 'media:blob:photos', ...row }, 'Replace');
    const loading = ledgers.load('media:blob:photos', addSeconds(clock(), 5));
    await expect(loading).rejects.toMatchObject({ code: 'storage_unavailable' });
  }
});

test('a wrong key, a missing key and a passed deadline are distinguished from a place that does not exist', async () => {
  const { name, stored, account: owner, accountKeys } = await newStorage();
  const place = { account: owner, service: 'blob', name: 'photos' } as const;
  await expect(stored.read(place, new Date(0))).rejects.toMatchObject({ code: 'storage_unavailable' });
  const another = new MemoryAccountKeys();
  another.publish(name, Buffer.alloc(64, 3).toString('base64'));
  const wrong = new StoragePolicies({ accountKeys: another, clock });
  await expect(wrong.read(place, addSeconds(clock(), 5))).rejects.toMatchObject({
    code: 'storage_unavailable',
  });
  accountKeys.withdraw(name);
  const none = stored.read({ ...place, name: 'others' }, addSeconds(clock(), 5));
  await expect(none).rejects.toMatchObject({ code: 'signing_key_unavailable' });
});
