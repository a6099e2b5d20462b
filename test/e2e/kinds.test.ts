import { AzureNamedKeyCredential, AzureSASCredential, TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import {
  QueueClient,
  QueueServiceClient,
  StorageSharedKeyCredential as QueueKey,
} from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IssuedToken } from '../../shared/issuing/issued-token.ts';
import { expectNoLeak, storedRows } from './leaks.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

const secrets: string[] = [];
let accounts: Accounts;
let broker: TestBroker;
let name: string;

beforeAll(async () => {
  accounts = await newAccounts();
  ({ name } = accounts.media);
  const callers = [{ issuer: 'local', claims: { roles: 'Backup.Operator' } }];
  const every = (service: string) => [`${name}/${service}/*`, `${name}/${service}/*/**`];
  const kinds = ['user-delegation', 'service'];
  const grants = [
    { id: 'blobs', callers, resources: every('blob'), permissions: 'racwdltmeop', kinds },
    { id: 'queues', callers, resources: [`${name}/queue/*`], permissions: 'raup', kinds },
    {
      id: 'tables',
      callers,
      resources: [`${name}/table/*`, `${name}/table/*/*`],
      permissions: 'raud',
      kinds: ['service'],
    },
    { id: 'files', callers, resources: every('file'), permissions: 'rcwdl', kinds },
    {
      id: 'account',
      callers,
      accountSas: [
        {
          account: name,
          services: ['blob', 'queue', 'table'],
          resourceTypes: ['service', 'container', 'object'],
        },
      ],
      permissions: 'rwdlacup',
      kinds: ['account'],
    },
  ];
  const config = configuration(accounts, grants) as { accounts: object[] };
  config.accounts = config.accounts.map((account) => ({ ...account, hierarchical: true }));
  broker = await startBroker(accounts, config);
  const queues = new QueueServiceClient(accounts.media.queue, new QueueKey(name, accounts.media.key1));
  await Promise.all([accounts.container('uploads'), queues.createQueue('jobs'), queues.createQueue('other')]);
});

afterAll(() => broker.stop());

async function issue(body: object): Promise<IssuedToken> {
  const answer = await call(broker, 'backup', 'POST', '/tokens', body);
  expect(answer.body).toMatchObject({ id: expect.any(String) as string });
  expect(answer.status).toBe(201);
  const token = answer.body as unknown as IssuedToken;
  secrets.push(token.token);
  const record = await call(broker, 'auditor', 'GET', `/tokens/${token.id}`);
  expect(record.body).toMatchObject({
    resource: token.resource,
    permissions: token.permissions,
    kind: token.kind,
  });
  return token;
}

const statusOf = async (work: Promise<unknown>): Promise<number> => {
  try {
    await work;
    return 200;
  } catch (error) {
    return (error as { statusCode?: number }).statusCode ?? -1;
  }
};

describe('every kind of token', () => {
  it('a queue token opens its queue with its permissions only', async () => {
    const token = await issue({
      url: `${accounts.media.queue}/jobs`,
      permissions: ['add', 'process'],
      kind: 'service',
    });
    expect(token).toMatchObject({
      resource: { service: 'queue', queue: 'jobs' },
      permissions: 'ap',
      permissionNames: ['add', 'process'],
    });
    const queue = new QueueClient(token.url);
    expect(await statusOf(queue.sendMessage('hello'))).toBe(200);
    expect(
      (await queue.receiveMessages()).receivedMessageItems.map(({ messageText }) => messageText),
    ).toEqual(['hello']);
    expect(await statusOf(queue.peekMessages())).toBe(403);
    expect(await statusOf(new QueueClient(token.url.replace('/jobs?', '/other?')).sendMessage('x'))).toBe(
      403,
    );
  });

  it('a table token can be limited to one partition', async () => {
    const { table: endpoint, key1 } = accounts.media;
    await new TableClient(endpoint, 'Inventory', new AzureNamedKeyCredential(name, key1)).createTable();
    const token = await issue({
      resource: {
        account: name,
        service: 'table',
        table: 'Inventory',
        partitionKeyStart: 'a',
        partitionKeyEnd: 'a',
      },
      permissions: 'ra',
    });
    expect(token).toMatchObject({ kind: 'service', permissions: 'ra', permissionNames: ['query', 'add'] });
    expect(Object.fromEntries(new URLSearchParams(token.token))).toMatchObject({
      tn: 'Inventory',
      spk: 'a',
      epk: 'a',
      sp: 'ra',
    });
    const table = new TableClient(endpoint, 'Inventory', new AzureSASCredential(token.token));
    const add = (partitionKey: string) => statusOf(table.createEntity({ partitionKey, rowKey: '1' }));
    expect(await add('a')).toBe(200);
    expect(await statusOf(table.getEntity('a', '1'))).toBe(200);
    // The token excludes partition b (spk, epk), but the emulator does not enforce that.
    expect(await statusOf(table.deleteEntity('a', '1'))).toBe(403);
  });

  it('an account SAS opens whole services, and is issued only if its kind is requested, never for auto', async () => {
    const resource = { account: name, services: ['blob', 'queue'], resourceTypes: ['service', 'container'] };
    const refused = await call(broker, 'backup', 'POST', '/tokens', { resource, permissions: 'rl' });
    expect(refused).toMatchObject({ status: 400 });
    expect(refused.body.errors).toMatchObject([{ path: 'kind' }]);
    const token = await issue({ resource, permissions: 'rl', kind: 'account' });
    const { blob, queue } = accounts.media;
    expect(token.url.startsWith(`${blob}/?`)).toBe(true);
    expect(token).toMatchObject({ endpoint: blob, endpoints: { blob, queue } });
    const containers: string[] = [];
    for await (const container of new BlobServiceClient(token.url).listContainers())
      containers.push(container.name);
    expect(containers).toContain('uploads');
    expect(await statusOf(new BlobServiceClient(token.url).createContainer('more'))).toBe(403);
    const beyond = { ...resource, services: ['file'] };
    expect(
      (
        await call(broker, 'backup', 'POST', '/tokens', {
          resource: beyond,
          permissions: 'r',
          kind: 'account',
        })
      ).status,
    ).toBe(403);
    expect(
      (await call(broker, 'reader', 'POST', '/tokens', { resource, permissions: 'r', kind: 'account' }))
        .status,
    ).toBe(403);
  });

  it('tokens of files and directories are signed with all their fields', async () => {
    const file = await issue({
      resource: { account: name, service: 'file', share: 'docs', file: 'a/b.txt' },
      permissions: 'rw',
      kind: 'service',
    });
    expect(Object.fromEntries(new URLSearchParams(file.token))).toMatchObject({ sr: 'f', sp: 'rw' });
    const directory = await issue({
      url: `${accounts.media.blob}/uploads/2026/11/`,
      permissions: 'rlm',
      kind: 'service',
    });
    expect(directory.resource).toMatchObject({ container: 'uploads', directory: '2026/11' });
    expect(Object.fromEntries(new URLSearchParams(directory.token))).toMatchObject({ sr: 'd', sdd: '2' });
  });

  it('a request is 503 misconfigured, without Retry-After, if storage refuses a delegation key for it', async () => {
    const answer = await call(broker, 'backup', 'POST', '/tokens', {
      url: `${accounts.media.queue}/jobs`,
      permissions: 'r',
      kind: 'user-delegation',
    });
    expect(answer).toMatchObject({ status: 503, body: { code: 'misconfigured' } });
    expect(answer.headers.has('retry-after')).toBe(false);
  });

  it.each<[object, string]>([
    [
      { resource: { service: 'table', table: 'Inventory' }, permissions: 'r', kind: 'user-delegation' },
      'kind',
    ],
    [
      {
        resource: { service: 'queue', queue: 'jobs' },
        permissions: 'r',
        responseHeaders: { contentType: 'x' },
      },
      'responseHeaders',
    ],
    [
      { resource: { service: 'queue', queue: 'jobs' }, permissions: 'r', encryptionScope: 'scope1' },
      'encryptionScope',
    ],
    [{ resource: { service: 'queue', queue: 'jobs' }, permissions: 'w' }, 'permissions'],
    [{ resource: { service: 'queue', queue: 'Jobs' }, permissions: 'r' }, 'resource.queue'],
    [{ resource: { service: 'table', table: '1nventory' }, permissions: 'r' }, 'resource.table'],
    [
      { resource: { service: 'table', table: 'Inventory', rowKeyStart: 'a' }, permissions: 'r' },
      'resource.rowKeyStart',
    ],
    [{ resource: { service: 'file', share: 'docs', file: 'a//b' }, permissions: 'r' }, 'resource.file'],
    [
      { resource: { service: 'blob', container: 'uploads', blob: 'a', directory: 'b' }, permissions: 'r' },
      'resource.directory',
    ],
    [
      { resource: { services: [], resourceTypes: ['object'] }, permissions: 'r', kind: 'account' },
      'resource.services',
    ],
    [
      { resource: { services: ['blob'], resourceTypes: ['thing'] }, permissions: 'r', kind: 'account' },
      'resource.resourceTypes[0]',
    ],
    [
      { resource: { services: ['blob'], resourceTypes: ['object'] }, permissions: 'u', kind: 'account' },
      'permissions',
    ],
    [{ resource: { service: 'blob', container: 'uploads' }, permissions: 'r', bindTo: 'caller' }, 'bindTo'],
    [
      {
        resource: { service: 'blob', container: 'uploads' },
        permissions: 'r',
        policy: 'p',
        kind: 'user-delegation',
      },
      'policy',
    ],
  ])('%j is one clear fault', async (body, path) => {
    const answer = await call(broker, 'backup', 'POST', '/tokens', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((error) => error.path)).toEqual([path]);
  });
});

interface Result {
  status: number;
  token?: IssuedToken;
  problem?: { code: string; errors?: { path: string }[] };
}

describe('a batch', () => {
  const batch = async (requests: unknown) => call(broker, 'backup', 'POST', '/tokens/batch', { requests });

  it('of 100 equal requests gives 100 tokens and rows', async () => {
    const before = (await storedRows(accounts)).length;
    const expiresAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 600_000).toISOString();
    const one = { url: `${accounts.media.blob}/uploads/x`, permissions: 'r', kind: 'service', expiresAt };
    const answer = await batch(Array<object>(100).fill(one));
    expect(answer.status).toBe(200);
    const results = answer.body['results'] as Result[];
    expect(results.map(({ status }) => status)).toEqual(Array<number>(100).fill(201));
    secrets.push(results[0]!.token!.token);
    expect(new Set(results.map(({ token }) => token?.fingerprint)).size).toBe(1);
    expect(new Set(results.map(({ token }) => token?.id)).size).toBe(100);
    expect((await storedRows(accounts)).length).toBe(before + 100);
  });

  it('has a separate result for each request, in order', async () => {
    const answer = await batch([
      { url: `${accounts.media.blob}/uploads/x`, permissions: 'r' },
      { url: `${accounts.media.blob}/uploads/x`, permissions: 'r', ttl: 'soon' },
      { url: `${accounts.media.blob}/uploads/x`, permissions: 'y' },
      { url: `${accounts.media.queue}/jobs`, permissions: 'r', kind: 'user-delegation' },
      7,
    ]);
    const results = answer.body['results'] as Result[];
    expect(results.map(({ status, problem }) => [status, problem?.code, problem?.errors?.[0]?.path])).toEqual(
      [
        [201, undefined, undefined],
        [400, 'invalid_request', 'ttl'],
        [403, 'forbidden', 'permissions'],
        [503, 'misconfigured', undefined],
        [400, 'invalid_request', ''],
      ],
    );
    secrets.push(results[0]!.token!.token);
  });

  it('can have at most 1 MiB', async () => {
    const around = JSON.stringify({ requests: [{ purpose: '' }] }).length;
    const batchOf = (bytes: number) =>
      call(broker, 'backup', 'POST', '/tokens/batch', {
        requests: [{ purpose: 'x'.repeat(bytes - around) }],
      });
    expect((await batchOf(1024 * 1024)).status).toBe(200);
    const larger = await batchOf(1024 * 1024 + 1);
    expect(larger).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
  });

  it.each([
    [{}],
    [{ requests: [] }],
    [{ requests: Array<number>(101).fill(1) }],
    [{ requests: [1], more: 1 }],
  ])('with an invalid body is rejected as a whole: %j', async (body) => {
    expect((await call(broker, 'backup', 'POST', '/tokens/batch', body)).status).toBe(400);
  });
});

describe('a completion', () => {
  it('can be reported once, by the token’s own caller', async () => {
    const token = await issue({ url: `${accounts.media.blob}/uploads/x`, permissions: 'r' });
    const path = `/tokens/${token.id}/completion`;
    expect((await call(broker, 'reader', 'POST', path, { outcome: 'succeeded' })).status).toBe(404);
    expect((await call(broker, 'backup', 'POST', path, { outcome: 'fine' })).status).toBe(400);
    const done = await call(broker, 'backup', 'POST', path, { outcome: 'succeeded', detail: '3 files' });
    expect(done).toMatchObject({
      status: 200,
      body: { id: token.id, completion: { outcome: 'succeeded', detail: '3 files' } },
    });
    expect((await call(broker, 'backup', 'POST', path, { outcome: 'failed' })).status).toBe(409);
    const record = await call(broker, 'auditor', 'GET', `/tokens/${token.id}`);
    expect(record.body['completion']).toMatchObject({ outcome: 'succeeded', detail: '3 files' });
  });

  it('is recorded once if it is reported twice at the same time', async () => {
    const token = await issue({ url: `${accounts.media.blob}/uploads/x`, permissions: 'r' });
    const report = (outcome: string) =>
      call(broker, 'backup', 'POST', `/tokens/${token.id}/completion`, { outcome });
    const answers = await Promise.all(['succeeded', 'failed', 'abandoned'].map(report));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  it('none of these tests leaks a secret', async () => {
    await expectNoLeak(accounts, broker, secrets);
  });
});
