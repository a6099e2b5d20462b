import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential } from '@azure/identity';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { keyVaultSecretClient } from '../../shared/keys/key-vault-client.ts';
import { useManagedIdentity } from '../stack-client.ts';
import { downloadStatus, rotationOf, takeOver, tick } from './rotated-account.ts';
import {
  type Accounts,
  type Answer,
  call,
  configuration,
  newAccounts,
  QUICK_ROTATION,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

// What docs/recovery.md says of each loss, in an order in which each begins with a broker that works.

let accounts: Accounts;
let broker: TestBroker;

beforeAll(async () => {
  accounts = await newAccounts();
  const photos = await accounts.container('photos');
  await photos.getBlockBlobClient('1.jpg').uploadData(Buffer.from('a photo'));
  const grant = readerGrant([accounts.media], { kinds: ['service'] });
  broker = await startBroker(accounts, configuration(accounts, [grant], QUICK_ROTATION));
  await takeOver(broker, accounts.media);
});

afterAll(() => broker.stop());

/** Tokens of other lifetimes differ, even if they are issued within the same second. */
function issue(ttl = 'PT15M'): Promise<Answer> {
  const url = `${accounts.media.blob}/photos/1.jpg`;
  return call(broker, 'reader', 'POST', '/tokens', { url, permissions: 'r', ttl });
}

async function issued(ttl?: string): Promise<{ id: string; url: string }> {
  const { status, body } = await issue(ttl);
  expect([status, body]).toEqual([201, expect.anything()]);
  return { id: String(body['id']), url: String(body['url']) };
}

const eventTypes = async (): Promise<unknown[]> =>
  ((await call(broker, 'auditor', 'GET', '/events?limit=1000')).body['items'] as { type: unknown }[]).map(
    ({ type }) => type,
  );

it('a journal that is lost: the account is observed again, and no key is regenerated, so live tokens work', async () => {
  const { url } = await issued();
  const { media, state } = accounts;
  const keys = async () => (await rotationOf(broker, media))['keys'];
  const before = await keys();
  const table = new TableClient(
    state.table,
    'BrokerState',
    new AzureNamedKeyCredential(state.name, state.key1),
  );
  const journals = table.listEntities({ queryOptions: { filter: `RowKey eq '${media.name}'` } });
  for await (const { partitionKey, rowKey } of journals) await table.deleteEntity(partitionKey!, rowKey!);

  expect((await rotationOf(broker, media))['phase']).not.toBe('steady');

  await takeOver(broker, media);
  expect(await keys()).toEqual(before);
  expect(await downloadStatus(url)).toBe(200);
  await issued();
});

it('a secret that is lost: no service SAS until a tick publishes the active key again', async () => {
  const { url } = await issued();
  useManagedIdentity();
  const { keyVault, rotatorClientId } = inject('stack');
  const credential = new ManagedIdentityCredential({ clientId: rotatorClientId });
  const vault = keyVaultSecretClient(keyVault, credential, 'public');
  await (await vault.beginDeleteSecret(`${accounts.media.name}-key`, { intervalInMs: 1 })).pollUntilDone();
  await vi.waitUntil(async () => (await issue()).status === 503, { timeout: 30_000, interval: 200 });
  expect((await issue()).body['code']).toBe('signing_key_unavailable');

  await tick(broker);
  await vi.waitUntil(async () => (await issue()).status === 201, { timeout: 30_000, interval: 200 });
  // The tick records what it did after it has published the key.
  await vi.waitUntil(async () => (await eventTypes()).includes('healed'), { timeout: 30_000 });
  expect(await eventTypes()).toContain('drift');
  expect(await downloadStatus(url)).toBe(200);
});

it('an audit table that is lost: no row, no token; a new table is enough, but has no earlier rows', async () => {
  const { id, url } = await issued('PT20M');
  await accounts.auditTable.deleteTable();
  const { status, body } = await issue();
  expect([status, body['code'], body['token']]).toEqual([503, 'audit_unavailable', undefined]);

  await accounts.auditTable.createTable();
  const later = await issued();
  expect((await call(broker, 'auditor', 'GET', `/tokens/${later.id}`)).status).toBe(200);
  expect((await call(broker, 'auditor', 'GET', `/tokens/${id}`)).status).toBe(404);
  expect(await downloadStatus(url)).toBe(200);
  const lookup = await call(broker, 'auditor', 'POST', '/tokens/lookup', { url });
  expect(lookup.body['verdict']).toBe('valid-not-issued-here');
});
