import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FaultyTable } from '../fakes/faulty-table.ts';
import { startStackRelay } from '../stack-relay.ts';
import { storedRows } from './leaks.ts';
import { tick } from './rotated-account.ts';
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
let state: TableClient;
/** Counts the requests of the first broker to the audit table. */
let audit: FaultyTable;

beforeAll(async () => {
  accounts = await newAccounts();
  const { name } = accounts.media;
  const grantOf = (id: string, role: string) => ({
    id,
    callers: [{ issuer: 'local', claims: { roles: role } }],
    resources: [`${name}/blob/*`, `${name}/blob/*/**`],
    permissions: 'racwdl',
    kinds: ['user-delegation', 'service'],
    maxTtl: 'PT1H',
  });
  const grants = [
    grantOf('readers', 'Photos.Read'),
    grantOf('uploaders', 'Photos.Upload'),
    grantOf('backup', 'Backup.Operator'),
  ];
  const config = configuration(accounts, grants);
  const { table, name: owner, key1 } = accounts.state;
  audit = await startStackRelay();
  const urls = [`${audit.url}/${owner}/BrokerAudit`, `${table}/BrokerAudit`];
  brokers = await Promise.all(
    urls.map((url) => startBroker(accounts, config, { REQUEST_DEADLINE: 'PT30S', AUDIT_TABLE_URL: url })),
  );
  state = new TableClient(table, 'BrokerState', new AzureNamedKeyCredential(owner, key1));
});

afterAll(async () => {
  await Promise.all(brokers.map((broker) => broker.stop()));
  await audit.stop();
});

const container = (name: string) => `${accounts.media.blob}/${name}`;
const at = (name: string, id = '') =>
  `/accounts/${accounts.media.name}/blob/${name}/policies${id && `/${id}`}`;
const operate = (method: string, path: string, body?: object) =>
  call(brokers[0]!, 'operator', method, path, body);
const revocable = (name: string, permissions: string, ttl = 600, host = 0, who = 'reader') =>
  call(brokers[host]!, who, 'POST', '/tokens', {
    url: container(name),
    permissions,
    ttl,
    revocable: true,
  });
const policiesOf = async (name: string) =>
  ((await operate('GET', at(name))).body['items'] as { id: string }[]).map(({ id }) => id);

async function listing(token: Answer, name: string): Promise<number> {
  const reply = await fetch(`${container(name)}?restype=container&comp=list&${String(token.body['token'])}`);
  await reply.arrayBuffer();
  return reply.status;
}

interface LedgerRow {
  readonly managed: number;
  readonly ledger: string;
}

/** Makes the managed policies of a container five minutes older, once no broker holds the lease. */
async function age(name: string): Promise<void> {
  const partitionKey = 'policies';
  const rowKey = `${accounts.media.name}:blob:${name}`;
  const write = async () => {
    const { managed, ledger, etag } = await state.getEntity<LedgerRow>(partitionKey, rowKey);
    const { lease, ...rest } = JSON.parse(ledger) as { lease: unknown; managed: { createdAt: string }[] };
    if (lease !== null) return false;
    for (const policy of rest.managed)
      policy.createdAt = new Date(Date.parse(policy.createdAt) - 300_000).toISOString();
    const row = { partitionKey, rowKey, managed, ledger: JSON.stringify({ lease, ...rest }) };
    return state.updateEntity(row, 'Replace', { etag }).then(
      () => true,
      () => false,
    );
  };
  await vi.waitUntil(write, { timeout: 30_000 });
}

/** Resolves once the tokens have expired by storage's clock. */
const expired = async (...tokens: Answer[]) => {
  const last = Math.max(...tokens.map(({ body }) => Date.parse(String(body['expiresAt']))));
  await vi.waitUntil(() => Date.now() > last, { timeout: 30_000 });
};

describe('managed policies', () => {
  it('are created once per grant, container and set of letters, however many ask two brokers at once', async () => {
    await Promise.all(['once', 'twice'].map((name) => accounts.container(name)));
    const ask = (name: string, permissions: string, count: number) =>
      Promise.all(Array.from({ length: count }, (_, index) => revocable(name, permissions, 600, index % 2)));
    const groups = await Promise.all([ask('once', 'l', 20), ask('once', 'lr', 10), ask('twice', 'l', 10)]);
    const ids = groups.map((answers) => {
      expect(answers.map(({ status }) => status)).toEqual(Array<number>(answers.length).fill(201));
      return [...new Set(answers.map(({ body }) => String(body['policy'])))];
    });
    expect(ids.map(({ length }) => length)).toEqual([1, 1, 1]);
    expect((await policiesOf('once')).sort()).toEqual([...ids[0]!, ...ids[1]!].sort());
    expect(await policiesOf('twice')).toEqual(ids[2]);
    const made = (await storedRows(accounts)).filter(({ type }) => type === 'policy-put');
    expect(made).toHaveLength(3);
  });

  it('serve a batch of 100', async () => {
    await accounts.container('batch');
    const requests = Array.from({ length: 100 }, (_, index) => ({
      url: `${container('batch')}/${index}`,
      permissions: 'r',
      revocable: true,
    }));
    const answer = await call(brokers[0]!, 'reader', 'POST', '/tokens/batch', { requests });
    const results = answer.body['results'] as { status: number; token?: { policy: string } }[];
    expect(results.map(({ status }) => status)).toEqual(Array<number>(100).fill(201));
    expect([...new Set(results.map(({ token }) => token?.policy))]).toEqual(await policiesOf('batch'));
  });

  it('alone are removed by the timer, once no live token uses them', async () => {
    const client = await accounts.container('swept');
    const portal = { id: 'portal', accessPolicy: { permissions: 'r', expiresOn: new Date('2030-01-01') } };
    await client.setAccessPolicy('blob', [portal]);
    const [idle, used] = [await revocable('swept', 'l', 1), await revocable('swept', 'rl')];
    await expired(idle);
    const [idleId, usedId] = [idle, used].map(({ body }) => String(body['policy']));
    await age('swept');
    await Promise.all(brokers.map(tick));
    await vi.waitUntil(async () => !(await policiesOf('swept')).includes(idleId!), { timeout: 30_000 });
    expect(await policiesOf('swept')).toEqual(['portal', usedId]);
    expect(await listing(used, 'swept')).toBe(200);
    expect((await client.getAccessPolicy()).blobPublicAccess).toBe('blob');
    const events = (await storedRows(accounts)).filter(({ type }) => type === 'policy-deleted');
    expect(events.map(({ actor }) => actor)).toEqual(['policy-sweep']);
  });

  it('give up their slots to the next policy once no live token uses them', async () => {
    await accounts.container('full');
    const tokens = [];
    for (const who of ['reader', 'uploader'])
      for (const letters of ['r', 'l']) tokens.push(await revocable('full', letters, 1, 0, who));
    tokens.push(await revocable('full', 'r', 1, 0, 'backup'));
    expect(tokens.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const refusal = await revocable('full', 'l', 1, 0, 'backup');
    expect(refusal.status).toBe(409);
    expect(refusal.body['detail']).toMatch(/^No slot for a stored access policy is free here/);
    expect((await operate('PUT', at('full', 'own'), { permissions: 'r' })).status).toBe(409);
    await expired(...tokens);
    await age('full');
    expect((await operate('PUT', at('full', 'own'), { permissions: 'r' })).status).toBe(200);
    expect((await revocable('full', 'd')).status).toBe(201);
  });

  it('are looked through once, however many batches ask for a slot while all are in use', async () => {
    await accounts.container('scanned');
    for (const who of ['reader', 'uploader'])
      for (const letters of ['r', 'l']) await revocable('scanned', letters, 600, 0, who);
    await revocable('scanned', 'r', 600, 0, 'backup');
    await age('scanned');
    const request = { url: container('scanned'), permissions: 'l', revocable: true };
    const requests = Array<object>(100).fill(request);
    const before = audit.stats.requests;
    for (let batch = 0; batch < 5; batch += 1) {
      const answer = await call(brokers[0]!, 'backup', 'POST', '/tokens/batch', { requests });
      const results = answer.body['results'] as { status: number }[];
      expect(results.map(({ status }) => status)).toEqual(Array<number>(100).fill(409));
    }
    // For each of the five policies, one range of rows per shard, today's and those that may come: 10 with one digit, and
    // 9 with two. Each request used to read them all.
    expect(audit.stats.requests - before).toBeLessThanOrEqual(5 * 19);
  });

  it('of one grant are two per container, and its callers learn nothing of other grants', async () => {
    await accounts.container('limited');
    const other = await revocable('limited', 'r', 600, 0, 'uploader');
    const held = [await revocable('limited', 'r', 1), await revocable('limited', 'l', 1, 1)];
    const refusals = [await revocable('limited', 'rl'), await revocable('limited', 'w', 600, 1)];
    for (const { status, body } of refusals) {
      expect([status, body['code']]).toEqual([409, 'conflict']);
      expect(body['detail']).toMatch(
        /^Grant readers already holds as many stored access policies here as it may/,
      );
      const text = JSON.stringify(body);
      for (const token of [other, ...held]) expect(text).not.toContain(String(token.body['policy']));
      expect(text).not.toContain('uploaders');
      expect(body).not.toHaveProperty('holders');
    }
    expect((await revocable('limited', 'l')).status).toBe(201);
    expect((await operate('PUT', at('limited', 'own'), { permissions: 'r' })).status).toBe(200);
    await expired(...held.slice(0, 1));
    await age('limited');
    // The policy for r has no live token any more; those for l and of the other grant have.
    expect((await revocable('limited', 'rl')).status).toBe(201);
    const kept = await policiesOf('limited');
    expect(kept).toContain(other.body['policy']);
    expect(kept).toContain(held[1]!.body['policy']);
    expect(kept).not.toContain(held[0]!.body['policy']);
  });

  it('cannot be named in a request, and a caller cannot tell whether one exists', async () => {
    await Promise.all(['owned', 'empty'].map((name) => accounts.container(name)));
    const own = String((await revocable('owned', 'rl')).body['policy']);
    const other = String((await revocable('owned', 'rwdl', 600, 0, 'uploader')).body['policy']);
    const refusalsOf = async (policy: string, name: string) => {
      const request = { url: container(name), policy, ttl: 60 };
      const post = async (path: string, body: object) =>
        (await call(brokers[0]!, 'reader', 'POST', path, body)).body;
      return {
        token: { ...(await post('/tokens', request)), requestId: '' },
        explained: await post('/tokens/explain', request),
        batch: JSON.stringify(await post('/tokens/batch', { requests: [request] })).replace(
          /"requestId":"[^"]*"/,
          '',
        ),
      };
    };
    const absent = await refusalsOf('sb-aaaaaaaaaaaaaaaa', 'empty');
    expect(absent.token).toMatchObject({
      status: 400,
      code: 'invalid_request',
      errors: [
        {
          path: 'policy',
          message:
            'is not a stored access policy of this container; ids of this form are reserved for managed policies, so request revocable: true instead',
        },
      ],
    });
    expect(absent.explained).toMatchObject({ allowed: false, missing: [{ path: 'policy' }] });
    expect(absent.batch).toContain('"status":400');
    expect(await refusalsOf(other, 'owned')).toEqual(absent);
    expect(await refusalsOf(own, 'owned')).toEqual(absent);
    const rows = (await storedRows(accounts)).filter(({ policyId }) => policyId === other);
    expect(rows).toHaveLength(1);
  });
});
