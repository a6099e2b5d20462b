import { type RestError, BlockBlobClient } from '@azure/storage-blob';
import { QueueClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { expectNoLeak } from './leaks.ts';
import { takeOver, tick } from './rotated-account.ts';
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

const secrets: string[] = [];
let accounts: Accounts;
let broker: TestBroker;

beforeAll(async () => {
  accounts = await newAccounts();
  const { name } = accounts.media;
  const others = {
    ...{ id: 'manage', callers: [{ issuer: 'local', claims: { roles: 'Broker.Operator' } }] },
    ...{ resources: [`${name}/blob/photos/**`, `${name}/blob/papers/**`, `${name}/queue/jobs`] },
    ...{ permissions: 'rp', kinds: ['user-delegation', 'service', 'account'] },
    accountSas: [{ account: name, services: ['blob', 'queue'], resourceTypes: ['object'] }],
  };
  const grants = [readerGrant([accounts.media]), others];
  broker = await startBroker(accounts, configuration(accounts, grants, QUICK_ROTATION));
  for (const container of ['photos', 'papers'])
    await (await accounts.container(container)).getBlockBlobClient('1.txt').upload('text', 4);
  await takeOver(broker, accounts.media);
});

afterAll(() => broker.stop());

async function revoke(target: object, body: object = {}): Promise<Answer> {
  const answer = await call(broker, 'operator', 'POST', '/revocations', { target, ...body });
  expect(JSON.stringify(answer.body)).not.toMatch(/sig=|AccountKey/);
  return answer;
}

const act = (target: object, lever: string, body: object) =>
  revoke(target, { lever, reason: 'found in a build log', dryRun: false, ...body });

async function issue(who: string, request: object) {
  const { status, body } = await call(broker, who, 'POST', '/tokens', request);
  expect([status, body]).toEqual([201, body]);
  secrets.push(String(body['token']));
  return { id: String(body['id']), url: String(body['url']), token: String(body['token']) };
}

const blob = (container: string, kind: string) => ({
  url: `${accounts.media.blob}/${container}/1.txt`,
  permissions: 'r',
  kind,
});

async function statusOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
    return 200;
  } catch (error) {
    return (error as RestError).statusCode ?? -1;
  }
}

const download = (url: string) => statusOf(new BlockBlobClient(url).downloadToBuffer());
const withToken = (path: string, token: string) => `${accounts.media.blob}/${path}?${token}`;

const leversOf = ({ body }: Answer) =>
  (
    body['levers'] as { lever: string; kills: { tokens: number; besides: number }; on: { key?: string } }[]
  ).map(({ lever, on, kills }) => [
    on.key === undefined ? lever : `${lever} ${on.key}`,
    kills.tokens,
    kills.besides,
  ]);

const caller = (who: string) => ({ caller: { issuer: 'local', subject: sampleCallers[who]!.oid } });

describe('a revocation for each kind of target', () => {
  const issued: Record<string, Awaited<ReturnType<typeof issue>>> = {};

  beforeAll(async () => {
    const { name } = accounts.media;
    issued['reader’s'] = await issue('reader', blob('photos', 'service'));
    issued['reader’s delegated'] = await issue('reader', blob('photos', 'user-delegation'));
    issued['photo'] = await issue('operator', blob('photos', 'service'));
    issued['paper'] = await issue('operator', blob('papers', 'user-delegation'));
    issued['queue'] = await issue('operator', {
      resource: { account: name, service: 'queue', queue: 'jobs' },
      permissions: 'p',
      kind: 'service',
    });
    issued['account'] = await issue('operator', {
      resource: { account: name, services: ['blob', 'queue'], resourceTypes: ['object'] },
      permissions: 'r',
      kind: 'account',
    });
  });

  it('plans for each target count what is killed and what dies besides', async () => {
    const { name } = accounts.media;
    const place = (service: string, container: string) => ({ account: name, service, container });
    const both = (tokens: number, besides: number) => [
      ['revoke-delegation-keys', 1, tokens],
      ['regenerate-key key1', 1, besides],
      ['remove-role', 1, tokens],
    ];
    const plans: [object, number, unknown[]][] = [
      [{ token: issued['photo']!.id }, 1, [['regenerate-key key1', 1, 3]]],
      [
        { token: issued['paper']!.id },
        1,
        [
          ['revoke-delegation-keys', 1, 1],
          ['remove-role', 1, 1],
        ],
      ],
      [caller('reader'), 2, both(1, 3)],
      [{ grant: 'read' }, 2, both(1, 3)],
      [
        { grant: 'manage' },
        4,
        [
          ['revoke-delegation-keys', 1, 1],
          ['regenerate-key key1', 3, 1],
          ['remove-role', 1, 1],
        ],
      ],
      [
        place('blob', 'photos'),
        4,
        [
          ['revoke-delegation-keys', 1, 1],
          ['regenerate-key key1', 3, 1],
          ['remove-role', 1, 1],
        ],
      ],
      [place('queue', 'jobs'), 2, [['regenerate-key key1', 2, 2]]],
      [place('blob', 'empty'), 1, [['regenerate-key key1', 1, 3]]],
      [place('table', 'photos'), 0, []],
      [{ grant: 'none' }, 0, []],
      [caller('auditor'), 0, []],
      [
        { account: name },
        6,
        [
          ['revoke-delegation-keys', 2, 0],
          ['regenerate-key both', 4, 0],
          ['remove-role', 2, 0],
        ],
      ],
      [{ account: name, key: 'key1' }, 4, [['regenerate-key key1', 4, 0]]],
      [{ account: name, key: 'key2' }, 0, [['regenerate-key key2', 0, 0]]],
    ];
    for (const [target, tokens, levers] of plans) {
      const plan = await revoke(target);
      expect({ target, status: plan.status, tokens: plan.body['tokens'], levers: leversOf(plan) }).toEqual({
        ...{ target, status: 200, tokens, levers },
      });
    }
    const unknown = [
      { token: 'x' },
      { account: 'unknown' },
      { ...place('blob', 'photos'), account: 'unknown' },
    ];
    for (const target of unknown) expect((await revoke(target)).status).toBe(404);
  });

  it('names the callers, and the role to remove by hand', async () => {
    const { body } = await revoke(caller('reader'));
    expect(body['callers']).toMatchObject([
      {
        ...{ issuer: 'local', subject: sampleCallers['reader']!.oid, tokens: 2 },
        latestExpiry: expect.stringMatching(/Z$/) as string,
      },
    ]);
    expect(body).toMatchObject({
      asOf: expect.stringMatching(/Z$/) as string,
      block: { possible: true, callers: 1, active: 0 },
    });
    const role = (body['levers'] as { lever: string; command: string }[]).at(-1)!;
    expect(role).toMatchObject({
      lever: 'remove-role',
      byHand: true,
      command: expect.stringContaining('az role assignment delete --assignee ') as string,
    });
    expect((await act(caller('reader'), 'remove-role', { force: true })).status).toBe(409);
  });

  it('acts on the lever whose hash it names: what had to die is refused, the rest lives', async () => {
    const target = { grant: 'read' };
    const plan = await revoke(target);
    const levers = plan.body['levers'] as { lever: string; planHash: string }[];
    const { planHash } = levers.find(({ lever }) => lever === 'regenerate-key')!;
    // Tokens that are issued after the plan do not make the act fail.
    for (let more = 0; more < 3; more += 1) await issue('reader', blob('photos', 'service'));
    const other = levers.find(({ lever }) => lever === 'revoke-delegation-keys')!;
    expect(await act(target, 'regenerate-key', { planHash: other.planHash })).toMatchObject({ status: 409 });
    const done = await act(target, 'regenerate-key', { planHash, plannedAt: plan.body['asOf'] });
    expect(done).toMatchObject({
      status: 200,
      body: { lever: 'regenerate-key', state: 'done', proved: true },
    });
    const queue = new QueueClient(issued['queue']!.url);
    expect([
      await download(issued['reader’s']!.url),
      await download(issued['photo']!.url),
      await download(withToken('papers/1.txt', issued['account']!.token)),
      await statusOf(queue.peekMessages()),
    ]).toEqual([403, 403, 403, 403]);
    expect([await download(issued['reader’s delegated']!.url), await download(issued['paper']!.url)]).toEqual(
      [200, 200],
    );
    const again = await act(target, 'regenerate-key', { planHash });
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(JSON.stringify(again.body)).not.toMatch(/[0-9a-f]{64}/);
  });

  const hashOf = async (target: object, lever: string): Promise<string> => {
    const { body } = await revoke(target);
    const levers = body['levers'] as { lever: string; kills: { tokens: number }; planHash: string }[];
    return levers.find((one) => one.lever === lever && one.kills.tokens > 0)!.planHash;
  };
  const stateOf = async ({ id }: { id: string }) => {
    await tick(broker);
    return (await call(broker, 'auditor', 'GET', `/tokens/${id}`)).body['state'];
  };
  /** An instance may sign with a dead key for `keyCache`, so the first tokens after an act may be refused. */
  const issueUsable = async (who: string, request: object) => {
    for (;;) {
      const token = await issue(who, request);
      if ((await download(token.url)) === 200) return token;
    }
  };
  const PROVED = { timeout: 30_000, interval: 1000 };

  it('blocks a caller first if told to, and ends what the caller holds', async () => {
    const target = caller('reader');
    const leaked = await issueUsable('reader', blob('photos', 'service'));
    const planHash = await hashOf(target, 'regenerate-key');
    const done = await act(target, 'regenerate-key', { planHash, block: true });
    expect(done.status).toBeLessThan(300);
    expect(Date.parse(String(done.body['blockedBy']))).toBeGreaterThan(Date.now());
    await expect.poll(() => stateOf(leaked), PROVED).toBe('revoked');
    expect(await download(leaked.url)).toBe(403);
    expect(await call(broker, 'reader', 'POST', '/tokens', blob('photos', 'service'))).toMatchObject({
      status: 403,
      body: { detail: 'This caller is blocked.' },
    });
    expect((await revoke(target)).body['block']).toEqual({ possible: true, callers: 1, active: 1 });
  });

  it('ends the user delegation tokens of a container, and blocks nobody', async () => {
    const target = { account: accounts.media.name, service: 'blob', container: 'papers' };
    const paper = issued['paper']!;
    const survivor = await issueUsable('operator', blob('papers', 'service'));
    const planHash = await hashOf(target, 'revoke-delegation-keys');
    const done = await act(target, 'revoke-delegation-keys', { planHash });
    expect(done).toMatchObject({ status: 200, body: { state: 'done', blockedBy: null } });
    await expect.poll(() => download(paper.url), PROVED).toBe(403);
    await expect.poll(() => stateOf(paper), PROVED).toBe('revoked');
    expect([await download(survivor.url), await stateOf(survivor)]).toEqual([200, 'live']);
  });

  it('refuses a forced act that may mean several levers, and a plan from long ago', async () => {
    const target = caller('reader');
    const old = { planHash: 'ab'.repeat(32), plannedAt: '2020-01-01T00:00:00Z' };
    expect(await act(target, 'regenerate-key', old)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'plannedAt' }] },
    });
    expect(await act(target, 'delete-policy', { force: true })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'lever' }] },
    });
    expect(
      await act({ grant: 'read' }, 'regenerate-key', { ...old, plannedAt: undefined, block: true }),
    ).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'block' }] },
    });
  });

  it('leaks no key into replies, log or rows', () => expectNoLeak(accounts, broker, secrets));
});
