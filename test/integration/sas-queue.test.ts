import { ManagedIdentityCredential } from '@azure/identity';
import { QueueClient, QueueServiceClient, StorageSharedKeyCredential } from '@azure/storage-queue';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { AuthorizedToken } from '../../shared/grants/authorized-token.ts';
import { SecretText } from '../../shared/keys/signing-keys.ts';
import { StorageDelegationKeys } from '../../shared/keys/storage-delegation-keys.ts';
import { delegationKeyRequester } from '../../shared/keys/storage-delegation-request.ts';
import { sign } from '../../shared/sas/sign-token.ts';
import { account } from '../fakes/configuration.ts';
import { newAccount, type TestAccount, useManagedIdentity } from '../stack-client.ts';
import { accountKey, authorizedToken } from '../unit/sas/sas-samples.ts';

const seconds = (ahead: number): Date => new Date(Math.floor(Date.now() / 1000 + ahead) * 1000);
const refused = { statusCode: 403 };

let storage: TestAccount;
let owner: QueueClient;

beforeAll(async () => {
  storage = await newAccount();
  const credential = new StorageSharedKeyCredential(storage.name, storage.key1);
  const service = new QueueServiceClient(storage.queue, credential);
  owner = service.getQueueClient('jobs');
  await owner.create();
  await service.getQueueClient('other').create();
  await owner.setAccessPolicy([
    { id: 'work ers', accessPolicy: { permissions: 'rp', startsOn: seconds(-300), expiresOn: seconds(600) } },
  ]);
});

function settings(): AuthorizedToken['account'] {
  const { blob, queue, table } = storage;
  return account({
    name: storage.name,
    endpoints: { blob, queue, table, file: `https://127.0.0.1:1/${storage.name}` },
  });
}

function signed(parts: Partial<AuthorizedToken> = {}) {
  const resource = { account: storage.name, service: 'queue', queue: 'jobs' } as const;
  const token = authorizedToken({ account: settings(), resource, expiresAt: seconds(600), ...parts });
  return sign(token, accountKey({ value: new SecretText(storage.key1) }), null);
}

const client = (permissions: string, parts: Partial<AuthorizedToken> = {}) =>
  new QueueClient(signed({ permissions, ...parts }).url);

describe('a service SAS of a queue', () => {
  it('adds messages and does nothing else', async () => {
    const adding = client('a');
    await adding.sendMessage('one');
    await expect(adding.peekMessages()).rejects.toMatchObject(refused);
    await expect(adding.receiveMessages()).rejects.toMatchObject(refused);
    await expect(adding.clearMessages()).rejects.toMatchObject(refused);
  });

  it('reads messages and does nothing else', async () => {
    const reading = client('r');
    expect((await reading.peekMessages()).peekedMessageItems.length).toBeGreaterThan(0);
    await expect(reading.sendMessage('two')).rejects.toMatchObject(refused);
    await expect(reading.receiveMessages()).rejects.toMatchObject(refused);
  });

  it('receives, updates and deletes messages with the permissions for it', async () => {
    await owner.sendMessage('work');
    const { receivedMessageItems } = await client('p').receiveMessages();
    const { messageId, popReceipt } = receivedMessageItems[0]!;
    await expect(client('p').updateMessage(messageId, popReceipt, 'x', 1)).rejects.toMatchObject(refused);
    const updated = await client('u').updateMessage(messageId, popReceipt, 'done', 1);
    await expect(client('ur').deleteMessage(messageId, updated.popReceipt!)).rejects.toMatchObject(refused);
    await client('pu').deleteMessage(messageId, updated.popReceipt!);
  });

  it('can have every permission, in the order that storage requires', async () => {
    const all = client('puar');
    await all.sendMessage('all');
    expect((await all.receiveMessages()).receivedMessageItems).toHaveLength(1);
  });

  it('opens no other queue and cannot delete its queue', async () => {
    const { query } = signed({ permissions: 'raup' });
    const other = new QueueClient(`${storage.queue}/other?${query}`);
    await expect(other.sendMessage('x')).rejects.toMatchObject(refused);
    await expect(client('raup').delete()).rejects.toMatchObject(refused);
  });

  it('works only between its start and its expiry, and not after a change', async () => {
    await expect(client('r', { expiresAt: seconds(-1) }).peekMessages()).rejects.toMatchObject(refused);
    await expect(client('r', { startsAt: seconds(300) }).peekMessages()).rejects.toMatchObject(refused);
    const { url } = signed({ startsAt: seconds(-300), ip: '203.0.113.7-203.0.113.9' });
    await new QueueClient(url).peekMessages();
    const wider = new QueueClient(url.replace('sp=r', 'sp=ra'));
    await expect(wider.sendMessage('x')).rejects.toMatchObject(refused);
  });

  it('takes permissions and expiry from its stored policy', async () => {
    const omit = { permissions: true, expiry: true, start: true };
    const bound = client('rp', { policy: 'work ers', omit });
    await owner.sendMessage('by policy');
    await bound.peekMessages();
    await expect(bound.sendMessage('x')).rejects.toMatchObject(refused);
    await expect(client('rp', { policy: 'nobody', omit }).peekMessages()).rejects.toMatchObject(refused);
  });
});

describe('user delegation keys of services that the emulator does not support', () => {
  it.each([
    ['queue', 'misconfigured'],
    ['file', 'storage_unavailable'],
  ] as const)('fail: %s with %s', async (service, code) => {
    useManagedIdentity();
    const credential = new ManagedIdentityCredential(inject('stack').signerClientId);
    const keys = new StorageDelegationKeys({ requestKey: delegationKeyRequester(credential) });
    await expect(keys.keyFor(settings(), service, seconds(600), new Date(), null)).rejects.toMatchObject({
      code,
    });
  });
});
