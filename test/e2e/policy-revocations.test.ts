import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { downloadStatus, takeOver, tick } from './rotated-account.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  QUICK_ROTATION,
  readerGrant,
  startBroker,
  type TestBroker,
  uploadPhoto,
} from './test-broker.ts';

let accounts: Accounts;
let broker: TestBroker;

beforeAll(async () => {
  accounts = await newAccounts();
  broker = await startBroker(
    accounts,
    configuration(accounts, [readerGrant([accounts.media])], QUICK_ROTATION),
    { REQUEST_DEADLINE: 'PT3S' },
  );
  await uploadPhoto(accounts);
  await takeOver(broker, accounts.media);
});

afterAll(() => broker.stop());

async function issue(parts: object) {
  const url = `${accounts.media.blob}/photos/sample.jpg`;
  const body = { url, permissions: 'r', kind: 'service', ...parts };
  const issued = await call(broker, 'reader', 'POST', '/tokens', body);
  expect(issued.status).toBe(201);
  return { id: String(issued.body['id']), url: String(issued.body['url']) };
}

const stateOf = async ({ id }: { id: string }) =>
  (await call(broker, 'auditor', 'GET', `/tokens/${id}`)).body;
const revoke = (body: object) => call(broker, 'operator', 'POST', '/revocations', body);

describe('one revocable token', () => {
  it('is ended by deleting its policy: storage refuses it, its neighbour lives, and the record says so', async () => {
    const leaked = await issue({ revocable: true });
    const neighbour = await issue({});
    await expect.poll(() => downloadStatus(leaked.url), { timeout: 40_000, interval: 1000 }).toBe(200);
    const target = { token: leaked.id };
    const plan = await revoke({ target });
    const [narrowest] = plan.body['levers'] as { lever: string; planHash: string; on: object }[];
    expect(narrowest).toMatchObject({
      lever: 'delete-policy',
      on: { account: accounts.media.name, service: 'blob', container: 'photos' },
      kills: { tokens: 1, besides: 0 },
    });
    const order = { target, lever: 'delete-policy', reason: 'posted in a chat', dryRun: false };
    // By clocks that differ, a token that is issued within the clock skew of the order may depend on a later policy.
    const issuedAt = Date.parse(String((await stateOf(leaked))['issuedAt']));
    await vi.waitUntil(() => Date.now() > issuedAt + 2000, { timeout: 30_000 });
    expect((await revoke({ ...order, planHash: 'ab'.repeat(32) })).status).toBe(409);
    expect(await downloadStatus(leaked.url)).toBe(200);

    const done = await revoke({ ...order, planHash: narrowest!.planHash });
    expect(done).toMatchObject({ status: 200, body: { state: 'done', proved: null, provedOn: [] } });
    expect(Date.parse(String(done.body['deadBy'])) - Date.now()).toBeLessThan(31_000);
    await expect.poll(() => downloadStatus(leaked.url), { timeout: 30_000 }).toBe(403);
    expect(await downloadStatus(neighbour.url)).toBe(200);
    expect(await stateOf(leaked)).toMatchObject({
      state: 'unproved',
      endedBy: { lever: 'delete-policy', by: `local/${sampleCallers['operator']!.oid}` },
    });
    const ended = async () => (await tick(broker), (await stateOf(leaked))['state']);
    await expect.poll(ended, { timeout: 60_000, interval: 3000 }).toBe('revoked');
    expect((await stateOf(neighbour))['state']).toBe('live');
    const { body } = await call(broker, 'auditor', 'GET', '/events?type=revocation-proved');
    expect(body['items']).toMatchObject([{ detail: expect.stringContaining('refused on blob') as string }]);
  }, 120_000);

  it('does not lose the broker’s role by its own hand', async () => {
    const target = { account: accounts.media.name };
    const { body } = await revoke({ target });
    const role = (body['levers'] as { lever: string; planHash: string }[]).at(-1)!;
    expect(role).toMatchObject({ lever: 'remove-role', byHand: true });
    const act = { target, lever: role.lever, planHash: role.planHash, reason: 'x', dryRun: false };
    const answer = await revoke(act);
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(answer.body).toHaveProperty('command');
  });
});
