import { BlobServiceClient, BlockBlobClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IssuedToken } from '../../shared/issuing/issued-token.ts';
import { newAccount, type TestAccount } from '../stack-client.ts';
import { expectNoLeak } from './leaks.ts';
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
/**
 * An account with `allowSharedKeyAccess: false`, whose key was never published. The account in `accounts` has a
 * sasPolicy of half an hour.
 */
let closed: TestAccount;
let broker: TestBroker;

beforeAll(async () => {
  [accounts, closed] = await Promise.all([newAccounts(), newAccount()]);
  const names = [accounts.media.name, closed.name];
  const callers = [{ issuer: 'local', claims: { roles: 'Backup.Operator' } }];
  const rotation = { every: 'P30D', maxTokenTtl: 'P1D' };
  const services = ['blob', 'queue', 'table'];
  const grants = [
    {
      id: 'everything',
      callers,
      resources: names.flatMap((name) => [`${name}/blob/*`, `${name}/blob/*/**`, `${name}/table/*`]),
      accountSas: names.map((account) => ({ account, services, resourceTypes: ['container', 'object'] })),
      permissions: 'racwdl',
      kinds: ['user-delegation', 'service', 'account'],
      maxTtl: 'P1D',
    },
  ];
  const config = configuration(accounts, grants, rotation) as { accounts: object[] };
  const [media] = config.accounts;
  const text = JSON.stringify(media).replaceAll(accounts.media.name, closed.name);
  config.accounts = [
    { ...media, sasPolicy: { sasExpirationPeriod: '0.00:30:00', expirationAction: 'Block' } },
    { ...(JSON.parse(text) as object), allowSharedKeyAccess: false },
  ];
  broker = await startBroker(accounts, config);
  const blobs = new BlobServiceClient(closed.blob, new StorageSharedKeyCredential(closed.name, closed.key1));
  await Promise.all([accounts.container('uploads'), blobs.createContainer('uploads')]);
});

afterAll(() => broker.stop());

const ask = (body: object) => call(broker, 'backup', 'POST', '/tokens', body);

async function issue(body: object): Promise<IssuedToken> {
  const answer = await ask(body);
  expect(answer.body).toMatchObject({ id: expect.any(String) as string });
  const token = answer.body as unknown as IssuedToken;
  secrets.push(token.token);
  return token;
}

const fieldsOf = ({ token }: IssuedToken) => Object.fromEntries(new URLSearchParams(token));

describe('an account with allowSharedKeyAccess: false', () => {
  const blob = () => `${closed.blob}/uploads/a.txt`;

  it('gets user delegation SAS, which storage accepts', async () => {
    const token = await issue({ url: blob(), permissions: 'c' });
    expect(token.kind).toBe('user-delegation');
    expect((await new BlockBlobClient(token.url).upload('hello', 5))._response.status).toBe(201);
  });

  it('is refused service and account SAS, with the reason', async () => {
    const service = await ask({ url: blob(), permissions: 'c', kind: 'service' });
    expect(service).toMatchObject({ status: 403, body: { code: 'forbidden', errors: [{ path: 'kind' }] } });
    expect(service.body['detail']).toContain('allowSharedKeyAccess: false');
    const resource = { account: closed.name, services: ['blob'], resourceTypes: ['object'] };
    const whole = await ask({ resource, permissions: 'r', kind: 'account' });
    expect(whole).toMatchObject({ status: 403, body: { errors: [{ path: 'kind' }] } });
    expect(whole.body['detail']).toContain('allowSharedKeyAccess: false');
    const revocable = await ask({ url: blob(), permissions: 'c', revocable: true });
    expect(revocable.status).toBe(403);
    expect(revocable.body['detail']).toContain('allowSharedKeyAccess: false');
    const explained = await call(broker, 'backup', 'POST', '/tokens/explain', {
      url: blob(),
      permissions: 'c',
      kind: 'service',
    });
    expect(explained.body).toMatchObject({ allowed: false, largest: { kind: 'user-delegation' } });
  });

  it('has no stored policies to edit and no rotation', async () => {
    const policies = `/accounts/${closed.name}/blob/uploads/policies`;
    for (const [method, path, body] of [
      ['GET', policies, undefined],
      ['PUT', `${policies}/partners`, { permissions: 'r' }],
      ['POST', `/accounts/${closed.name}/rotation`, { takeOver: true }],
    ] as const) {
      const answer = await call(broker, 'operator', method, path, body);
      expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } });
      expect(answer.body['detail']).toContain('allowSharedKeyAccess: false');
    }
    const plan = await call(broker, 'operator', 'POST', '/revocations', {
      target: { account: closed.name },
      reason: 'test',
    });
    expect(plan.body['levers']).toMatchObject([
      { lever: 'revoke-delegation-keys', byHand: false },
      { lever: 'regenerate-key', byHand: true },
      { lever: 'remove-role', byHand: true },
    ]);
    expect((await call(broker, null, 'GET', '/health/ready')).body).toEqual({ status: 'ready' });
    const states = await call(broker, 'auditor', 'GET', '/accounts');
    expect(states.body['items']).toContainEqual(
      expect.objectContaining({ account: closed.name, nextDueAt: null, overdue: false }),
    );
  });

  it('can have its user delegation keys revoked by the first order', async () => {
    const target = { account: closed.name };
    const plan = await call(broker, 'operator', 'POST', '/revocations', { target, reason: 'test' });
    const order = { target, reason: 'test', dryRun: false, planHash: plan.body['planHash'] };
    const done = await call(broker, 'operator', 'POST', '/revocations', {
      ...order,
      lever: 'revoke-delegation-keys',
    });
    expect(done).toMatchObject({ status: 200, body: { state: 'done' } });
  });

  it('does not prevent the lookup of a token that the broker did not issue', async () => {
    const token =
      'sv=2025-11-05&ss=b&srt=o&sp=r&se=2027-01-01T00%3A00%3A00Z&spr=https&sig=bm90IG91cnMgYW5kIG9mIDMyIGJ5dGVzLCBhIEhNQUM%3D';
    const answer = await call(broker, 'auditor', 'POST', '/tokens/lookup', { token });
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('an account with a sasPolicy', () => {
  const blob = () => `${accounts.media.blob}/uploads/b.txt`;

  it.each(['user-delegation', 'service'])(
    'makes a %s SAS have a start in token, reply and row',
    async (kind) => {
      const token = await issue({ url: blob(), permissions: 'w', kind });
      const { st, se } = fieldsOf(token);
      expect([token.startsAt, token.expiresAt]).toEqual([st, se]);
      expect(Date.parse(se!) - Date.parse(st!)).toBeLessThanOrEqual(30 * 60_000);
      const record = await call(broker, 'auditor', 'GET', `/tokens/${token.id}`);
      expect(record.body).toMatchObject({ startsAt: st, expiresAt: se, state: 'live' });
      expect((await new BlockBlobClient(token.url).upload('hello', 5))._response.status).toBe(201);
    },
  );

  it('makes an account SAS and a table SAS have a start as well', async () => {
    const { name } = accounts.media;
    const whole = { account: name, services: ['table'], resourceTypes: ['object'] };
    const token = await issue({ resource: whole, permissions: 'r', kind: 'account' });
    expect(fieldsOf(token)['st']).toBe(token.startsAt);
    const table = await issue({
      resource: { account: name, service: 'table', table: 'Inventory' },
      permissions: 'r',
    });
    expect(fieldsOf(table)['st']).toBe(table.startsAt);
  });

  it('refuses a longer lifetime with the limit, and shortens it with clamp', async () => {
    const long = { url: blob(), permissions: 'w', ttl: 'PT31M' };
    const refused = await ask(long);
    expect(refused).toMatchObject({ status: 403, body: { errors: [{ path: 'expiresAt' }] } });
    expect(refused.body['detail']).toMatch(/sasPolicy allows at most PT30M.*ttl PT30M/);
    const token = await issue({ ...long, clamp: true });
    const { st, se } = fieldsOf(token);
    expect(Date.parse(se!) - Date.parse(st!)).toBe(30 * 60_000);
    expect(token.clamped).toMatchObject([{ field: 'expiresAt', granted: se }]);
  });
});

describe('the reply to a request for a wider token than necessary', () => {
  it('names the narrower kind and the narrower resources', async () => {
    const token = await issue({ url: `${accounts.media.blob}/uploads`, permissions: 'cw', kind: 'service' });
    expect(token).toMatchObject({ kind: 'service', narrowerKind: 'user-delegation' });
    expect(token.kindReason).toContain('user-delegation is narrower and would also have worked');
    expect(token.hints).toHaveLength(2);
    expect(token.hints[1]).toMatch(/^The permissions create, write apply to single blobs/);
    const narrow = await issue({ url: `${accounts.media.blob}/uploads/c.txt`, permissions: 'cw' });
    expect(narrow).toMatchObject({ kind: 'user-delegation', narrowerKind: null, hints: [] });
  });

  it('none of these tests leaks a secret', async () => {
    await expectNoLeak(accounts, broker, secrets);
  });
});
