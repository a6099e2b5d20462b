import { AzureNamedKeyCredential, AzureSASCredential, TableClient } from '@azure/data-tables';
import { ContainerClient } from '@azure/storage-blob';
import { QueueClient, QueueServiceClient, StorageSharedKeyCredential } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedRows } from './leaks.ts';
import {
  type Accounts,
  type Answer,
  call,
  configuration,
  newAccounts,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

let accounts: Accounts;
let brokers: TestBroker[];

beforeAll(async () => {
  accounts = await newAccounts();
  const { name } = accounts.media;
  const everything = ['kept', 'slots', 'live', 'managed', 'busy'].flatMap((container) => [
    `${name}/blob/${container}`,
    `${name}/blob/${container}/**`,
  ]);
  const common = { kinds: ['user-delegation', 'service'], maxTtl: 'PT1H' };
  const grants = [
    {
      id: 'readers',
      callers: [{ issuer: 'local', claims: { roles: 'Photos.Read' } }],
      resources: [...everything, `${name}/queue/jobs`, `${name}/table/Inventory`],
      permissions: 'rlp',
      ...common,
    },
    {
      id: 'uploaders',
      callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }],
      resources: [`${name}/blob/managed/**`, `${name}/blob/managed`],
      permissions: 'rlcw',
      ...common,
    },
  ];
  const config = configuration(accounts, grants);
  brokers = await Promise.all([1, 2].map(() => startBroker(accounts, config, { REQUEST_DEADLINE: 'PT30S' })));
});

afterAll(() => Promise.all(brokers.map((broker) => broker.stop())));

const at = (place: string, id?: string) =>
  `/accounts/${accounts.media.name}/${place}/policies${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;
const operate = (method: string, path: string, body?: object, host = 0) =>
  call(brokers[host]!, 'operator', method, path, body);
const ask = (body: object, who = 'reader') => call(brokers[0]!, who, 'POST', '/tokens', body);
const container = (name: string) => `${accounts.media.blob}/${name}`;
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z/, 'Z');

/** Returns the status of listing the container with a token. */
async function listing(token: Answer, name: string): Promise<number> {
  const reply = await fetch(`${container(name)}?restype=container&comp=list&${String(token.body['token'])}`);
  await reply.arrayBuffer();
  return reply.status;
}

const policyEvents = async () =>
  (await storedRows(accounts)).filter(({ type }) => String(type).startsWith('policy-'));

describe('a stored access policy', () => {
  it('is created, serves tokens that carry only its id, and revokes them when it is deleted', async () => {
    const client = await accounts.container('kept');
    await client.setAccessPolicy('blob', []);
    const expiresAt = inAnHour();
    const put = await operate('PUT', at('blob/kept', 'listers'), {
      permissions: ['list', 'read'],
      expiresAt,
    });
    const { usableAfter, ...policy } = put.body;
    expect(put.status).toBe(200);
    expect(policy).toEqual({ id: 'listers', startsAt: null, expiresAt, permissions: 'rl', managed: false });
    const wait = new Date(String(usableAfter)).getTime() - Date.now();
    expect(wait).toBeGreaterThan(20_000);
    expect(wait).toBeLessThanOrEqual(30_000);
    const listed = await call(brokers[1]!, 'auditor', 'GET', at('blob/kept'));
    expect(listed).toMatchObject({ status: 200, body: { items: [put.body], nextCursor: null } });
    expect((await operate('GET', at('blob/kept', 'listers'))).body).toEqual(put.body);

    const token = await ask({ url: container('kept'), policy: 'listers' });
    expect(token).toMatchObject({
      status: 201,
      body: { kind: 'service', policy: 'listers', permissions: 'rl', expiresAt },
    });
    const query = new URLSearchParams(String(token.body['token']));
    expect([query.get('si'), query.has('se'), query.has('sp')]).toEqual(['listers', false, false]);
    expect(await listing(token, 'kept')).toBe(200);
    const record = await call(brokers[0]!, 'auditor', 'GET', `/tokens/${String(token.body['id'])}`);
    expect(record.body).toMatchObject({ policy: 'listers', permissions: 'rl', expiresAt });

    const gone = await operate('DELETE', at('blob/kept', 'listers'), undefined, 1);
    expect(gone.status).toBe(204);
    expect(await listing(token, 'kept')).toBe(403);
    const ended = await call(brokers[0]!, 'auditor', 'GET', `/tokens/${String(token.body['id'])}`);
    expect(ended.body).toMatchObject({
      state: 'unproved',
      endedBy: {
        lever: 'delete-policy',
        by: expect.stringMatching(/^local\//) as string,
      },
    });
    expect((await client.getAccessPolicy()).blobPublicAccess).toBe('blob');
    expect((await operate('GET', at('blob/kept', 'listers'))).status).toBe(404);
    expect((await operate('DELETE', at('blob/kept', 'listers'))).status).toBe(404);
    const events = await policyEvents();
    expect(events.map(({ type, account }) => [type, account])).toEqual([
      ['policy-put', accounts.media.name],
      ['policy-deleted', accounts.media.name],
    ]);
    expect(
      events.every(
        ({ actor, detail }) => String(actor).startsWith('local/') && String(detail).includes('kept: listers'),
      ),
    ).toBe(true);
  });

  it('works for a queue and a table as well', async () => {
    const { media } = accounts;
    const queues = new QueueServiceClient(
      media.queue,
      new StorageSharedKeyCredential(media.name, media.key1),
    );
    await queues.createQueue('jobs');
    await new TableClient(
      media.table,
      'Inventory',
      new AzureNamedKeyCredential(media.name, media.key1),
    ).createTable();
    const startsAt = '2026-01-01T00:00:00Z';
    const body = { startsAt, expiresAt: inAnHour() };
    expect((await operate('PUT', at('queue/jobs', 'q'), { ...body, permissions: 'pr' })).body).toMatchObject({
      permissions: 'rp',
      startsAt,
    });
    expect((await operate('PUT', at('table/Inventory', 't'), { ...body, permissions: 'r' })).status).toBe(
      200,
    );

    const queueToken = await ask({ url: `${media.queue}/jobs`, policy: 'q' });
    const tableToken = await ask({ url: `${media.table}/Inventory`, policy: 't' });
    const peek = () => new QueueClient(String(queueToken.body['url'])).peekMessages();
    const rows = async () => {
      const credential = new AzureSASCredential(String(tableToken.body['token']));
      for await (const row of new TableClient(media.table, 'Inventory', credential).listEntities())
        return row;
      return null;
    };
    expect([queueToken.status, tableToken.status]).toEqual([201, 201]);
    expect((await peek()).peekedMessageItems).toEqual([]);
    expect(await rows()).toBeNull();
    await operate('DELETE', at('queue/jobs', 'q'));
    await operate('DELETE', at('table/Inventory', 't'));
    await expect(peek()).rejects.toMatchObject({ statusCode: 403 });
    await expect(rows()).rejects.toMatchObject({ statusCode: 403 });
  });

  it('with live tokens can be shortened, narrowed or deleted, but not widened, prolonged or created again', async () => {
    await accounts.container('live');
    const soon = inAnHour();
    const later = new Date(Date.now() + 7_200_000).toISOString();
    const put = (permissions: string, expiresAt: string) =>
      operate('PUT', at('blob/live', 'p'), { permissions, expiresAt }, 1);
    await put('rl', soon);
    expect((await put('rwl', later)).status).toBe(200);
    await put('rl', soon);
    const token = await ask({ url: container('live'), policy: 'p' });

    for (const answer of [await put('rwl', soon), await put('rl', later)])
      expect(answer).toMatchObject({
        status: 409,
        body: { code: 'conflict', liveTokens: [token.body['id']], liveTokenCount: 1 },
      });
    expect((await put('rl', soon)).body['usableAfter']).not.toBeNull();
    expect((await put('l', new Date(Date.now() + 1_800_000).toISOString())).status).toBe(200);
    expect(await listing(token, 'live')).toBe(200);
    expect((await operate('DELETE', at('blob/live', 'p'))).status).toBe(204);
    expect((await put('l', soon)).status).toBe(409);
  });

  it('finds no slot after the fifth, and the reply tells only operators which policies hold the five', async () => {
    await accounts.container('slots');
    for (const id of ['1', '2', '3', '4', 'fünf Ü'])
      expect((await operate('PUT', at('blob/slots', id), { permissions: 'r' })).status).toBe(200);
    const { items } = (await call(brokers[1]!, 'auditor', 'GET', at('blob/slots'))).body as {
      items: { id: string }[];
    };
    expect(items.map(({ id }) => id)).toEqual(['1', '2', '3', '4', 'fünf Ü']);
    const sixth = await operate('PUT', at('blob/slots', '6'), { permissions: 'r' });
    expect(sixth).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(sixth.body['holders']).toEqual(items.map(({ id }) => ({ id, managed: false, grant: null })));
    const revocable = await ask({ url: container('slots'), permissions: 'l', revocable: true });
    expect(revocable).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(revocable.body).not.toHaveProperty('holders');
    expect(JSON.stringify(revocable.body)).not.toContain('fünf');
  });
});

describe('a revocable token', () => {
  it('is revoked with its managed policy, and no other token is', async () => {
    const client = await accounts.container('managed');
    await client.getBlockBlobClient('a').upload('a', 1);
    const revocable = (permissions: string, who: string) =>
      ask({ url: container('managed'), permissions, ttl: 'PT30M', revocable: true }, who);
    const [mine, again, letters, theirs] = [
      await revocable('l', 'reader'),
      await revocable('l', 'reader'),
      await revocable('rl', 'reader'),
      await revocable('l', 'uploader'),
    ];
    const plain = await ask({ url: container('managed'), permissions: 'l', kind: 'service' });
    const ids = [mine, again, letters, theirs].map(({ status, body }) => {
      expect(status).toBe(201);
      return String(body['policy']);
    });
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(3);
    expect(mine.body).toMatchObject({
      kind: 'service',
      permissions: 'l',
      usableAfter: expect.any(String) as string,
    });
    const query = new URLSearchParams(String(mine.body['token']));
    expect([query.has('se'), query.has('sp')]).toEqual([true, false]);
    const { items } = (await operate('GET', at('blob/managed'))).body as { items: object[] };
    expect(items[0]).toMatchObject({ id: ids[0], managed: true, permissions: 'l', expiresAt: null });

    const all = [mine, again, letters, theirs, plain];
    const statuses = () => Promise.all(all.map((token) => listing(token, 'managed')));
    expect(await statuses()).toEqual([200, 200, 200, 200, 200]);
    expect((await operate('PUT', at('blob/managed', ids[0]), { permissions: 'rl' })).status).toBe(400);
    expect((await operate('DELETE', at('blob/managed', ids[0]))).status).toBe(204);
    expect(await statuses()).toEqual([403, 403, 200, 200, 200]);
    const next = await revocable('l', 'reader');
    expect(ids).not.toContain(next.body['policy']);
    expect(await listing(next, 'managed')).toBe(200);
  });
});

describe('two brokers', () => {
  const letters = ['r', 'l', 'rl', 'w', 'rwl', 'c'];
  const ids = ['one', 'two', 'three', 'four', 'five'];

  it('make 200 changes to the policies of one container at once and lose none', async () => {
    const client = await accounts.container('busy');
    await client.setAccessPolicy('container', []);
    const changes = Array.from({ length: 200 }, (_, index) => ({
      id: ids[index % ids.length]!,
      permissions: letters[index % letters.length]!,
      host: Math.floor(index / ids.length) % 2,
    }));
    const answers = await Promise.all(
      changes.map(({ id, permissions, host }) => operate('PUT', at('blob/busy', id), { permissions }, host)),
    );
    expect(answers.filter(({ status }) => status !== 200).map(({ body }) => body)).toEqual([]);
    const { items } = (await operate('GET', at('blob/busy'))).body as { items: { id: string }[] };
    expect(items.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect((await client.getAccessPolicy()).blobPublicAccess).toBe('container');
  });

  it('see each other’s changes: with five at a time, each is in place once its reply is sent', async () => {
    const chains = ids.map(async (id, chain) => {
      for (let step = 0; step < 20; step += 1) {
        const permissions = letters[(step + chain) % letters.length]!;
        const put = await operate('PUT', at('blob/busy', id), { permissions }, step % 2);
        expect(put.status).toBe(200);
        const { body } = await operate('GET', at('blob/busy', id), undefined, (step + 1) % 2);
        expect(body).toMatchObject({ id, permissions: put.body['permissions'] });
      }
    });
    await Promise.all(chains);
    const anonymous = await new ContainerClient(container('busy')).exists();
    expect(anonymous).toBe(true);
  });
});

describe('the broker refuses', () => {
  it.each<[string, string, object | undefined, number, string?]>([
    ['PUT', 'blob/kept/policies/x', { permissions: 'q' }, 400, 'permissions'],
    ['PUT', 'blob/kept/policies/x', { permissions: 'u' }, 400, 'permissions'],
    ['PUT', 'blob/kept/policies/x', { expiresAt: 'later' }, 400, 'expiresAt'],
    ['PUT', 'blob/kept/policies/x', { start: 'now' }, 400, 'start'],
    ['PUT', `blob/kept/policies/${'x'.repeat(65)}`, { permissions: 'r' }, 400, 'policyId'],
    ['PUT', 'blob/kept/policies/a%2Fb', { permissions: 'r' }, 400, 'policyId'],
    ['PUT', 'blob/kept/policies/sb-aaaaaaaaaaaaaaaa', { permissions: 'r' }, 400, 'policyId'],
    ['PUT', 'blob/absent/policies/x', { permissions: 'r' }, 404],
    ['GET', 'blob/absent/policies', undefined, 404],
    ['GET', 'disk/kept/policies', undefined, 404],
    ['GET', 'blob/No_Name/policies', undefined, 404],
    ['GET', 'blob/kept/policies/absent', undefined, 404],
    ['DELETE', 'blob/kept/policies/absent', undefined, 404],
  ])('%s %s with %j', async (method, path, body, status, where) => {
    const answer = await operate(method, `/accounts/${accounts.media.name}/${path}`, body);
    expect(answer.status).toBe(status);
    if (where !== undefined) expect(answer.body.errors?.map((fault) => fault.path)).toEqual([where]);
  });

  it('an account that is not configured, and callers without the role', async () => {
    expect((await operate('GET', '/accounts/nosuch/blob/kept/policies')).status).toBe(404);
    expect((await call(brokers[0]!, 'auditor', 'PUT', at('blob/kept', 'x'), {})).status).toBe(403);
    expect((await call(brokers[0]!, 'auditor', 'DELETE', at('blob/kept', 'x'))).status).toBe(403);
    expect((await call(brokers[0]!, 'reader', 'GET', at('blob/kept'))).status).toBe(403);
    expect((await call(brokers[0]!, null, 'GET', at('blob/kept'))).status).toBe(401);
  });

  it.each<[object, string]>([
    [{ policy: 'full', permissions: 'r' }, 'permissions'],
    [{ policy: 'full', ttl: 'PT1M' }, 'ttl'],
    [{ policy: 'full', expiresAt: '2126-01-01T00:00:00Z' }, 'expiresAt'],
    [{ policy: 'full', kind: 'user-delegation' }, 'policy'],
    [{ policy: 'absent' }, 'policy'],
    [{ policy: 'x'.repeat(65) }, 'policy'],
    [{ policy: '' }, 'policy'],
    [{ policy: 'bare' }, 'permissions'],
    [{ policy: 'full', revocable: true }, 'revocable'],
    [{ permissions: 'l', revocable: true, kind: 'user-delegation' }, 'revocable'],
    [{ permissions: 'l', revocable: 'yes' }, 'revocable'],
    [{ permissions: 'l', revocable: true, bindTo: 'caller' }, 'bindTo'],
  ])('a token request with %j', async (parts, path) => {
    await operate('PUT', at('blob/kept', 'full'), { permissions: 'rl', expiresAt: inAnHour() });
    const client = await accounts.container('kept');
    const { signedIdentifiers } = await client.getAccessPolicy();
    if (!signedIdentifiers.some(({ id }) => id === 'bare')) {
      const bare = { id: 'bare', accessPolicy: { expiresOn: new Date('2030-01-01') } };
      await client.setAccessPolicy('blob', [...signedIdentifiers, bare]);
    }
    const answer = await ask({ url: container('kept'), ...parts });
    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((fault) => fault.path)).toContain(path);
  });

  it('to tell whether a policy exists, if no grant covers the caller', async () => {
    const answers = await Promise.all(
      ['full', 'absent'].map(async (policy) => {
        const { status, body } = await ask({ url: container('kept'), policy }, 'stranger');
        return { status, ...body, requestId: '' };
      }),
    );
    expect(answers[0]).toMatchObject({ status: 403 });
    expect(answers[1]).toEqual(answers[0]);
  });
});

it('explain uses the fields of the stored policy', async () => {
  const expiresAt = inAnHour();
  await operate('PUT', at('blob/kept', 'explained'), { permissions: 'rl', expiresAt });
  const explain = async (body: object) =>
    (await call(brokers[0]!, 'reader', 'POST', '/tokens/explain', { url: container('kept'), ...body })).body;
  expect(await explain({ policy: 'explained' })).toMatchObject({
    allowed: true,
    kind: 'service',
    wouldIssue: { policy: 'explained', permissions: 'rl', expiresAt },
  });
  expect(await explain({ policy: 'absent' })).toMatchObject({
    allowed: false,
    missing: [{ path: 'policy' }],
  });
});
