import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { resourceManagerCalls, resourceManagerFault } from '../stack-client.ts';
import { expectNoLeak } from './leaks.ts';
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
  TWO_OPERATORS,
  uploadPhoto,
} from './test-broker.ts';

const secrets: string[] = [];
let accounts: Accounts;
let broker: TestBroker;

beforeAll(async () => {
  accounts = await newAccounts();
  const config = configuration(accounts, [readerGrant([accounts.media])], QUICK_ROTATION);
  broker = await startBroker(accounts, { ...config, ...TWO_OPERATORS });
  await uploadPhoto(accounts);
  await takeOver(broker, accounts.media);
});

afterAll(() => broker.stop());

const revoke = (body: object, who = 'operator'): Promise<Answer> =>
  call(broker, who, 'POST', '/revocations', { target: { account: accounts.media.name }, ...body });
const lever = 'revoke-delegation-keys';

async function act(who = 'operator'): Promise<Answer> {
  const { planHash } = (await revoke({ lever }, who)).body;
  return revoke({ lever, planHash, reason: 'laptop lost', dryRun: false }, who);
}

async function issue() {
  const url = `${accounts.media.blob}/photos/sample.jpg`;
  const kind = 'user-delegation';
  const { body } = await call(broker, 'reader', 'POST', '/tokens', { url, permissions: 'r', kind });
  secrets.push(String(body['token']));
  return String(body['url']);
}

/** How many of the account's tokens the lever would end. */
async function tokensToEnd(): Promise<unknown> {
  const { levers } = (await revoke({ lever })).body as { levers?: { lever: string; kills: object }[] };
  return levers?.find((one) => one.lever === lever)?.kills;
}

const fault = (parts: object) =>
  resourceManagerFault({
    operation: 'revokeUserDelegationKeys',
    name: accounts.media.name,
    fault: 'refuse',
    ...parts,
  });
const asked = async () =>
  (await resourceManagerCalls(accounts.media.name))['revokeUserDelegationKeys']?.asked ?? 0;
const events = async (type: string) =>
  (await call(broker, 'auditor', 'GET', `/events?type=${type}&limit=100`)).body['items'] as {
    type: string;
    detail: string;
  }[];

/** REQUEST_DEADLINE, and what the broker adds for the clocks of others. */
const LONGEST_EFFECT_MS = 8000;

describe('an order to revoke user delegation keys', () => {
  // Records and keys have whole seconds; a token must be clearly older than the order.
  beforeEach(() => pause(2100));

  // The integration tests of Resource Manager try every status.
  it.each([400, 403, 405])(
    'that Resource Manager answers with %i is a conflict, and the tokens go on as before',
    async (status) => {
      const url = await issue();
      await fault({ status });
      const answer = await act();
      expect(answer).toMatchObject({
        status: 409,
        body: {
          code: 'conflict',
          command: expect.stringContaining('revoke-delegation-keys --name') as string,
        },
      });
      await pause(1100);
      expect(await downloadStatus(url)).toBe(200);
      expect(await tokensToEnd()).not.toMatchObject({ tokens: 0 });
      expect((await events('revocation-refused'))[0]).toMatchObject({
        detail: expect.stringContaining('nothing was revoked') as string,
      });
      const before = await asked();
      await tick(broker);
      expect(await asked()).toBe(before);
    },
  );

  it.each([{ fault: 'throttle', retryAfter: 1 }, { status: 503 }, { fault: 'lose-reply' }])(
    'that meets %j stays ordered until the timer has carried it out, with proof',
    async (parts) => {
      const url = await issue();
      await fault(parts);
      const answer = await act();
      expect(answer).toMatchObject({ status: 202, body: { state: 'running', proved: null, provedOn: [] } });
      expect(Date.parse(String(answer.body['deadBy'])) - Date.now()).toBeGreaterThan(4 * 60_000);
      const proofs = (await events('revocation-proved')).length;
      await pause(1100);
      await tick(broker);
      await expect.poll(() => downloadStatus(url), { timeout: 30_000 }).toBe(403);
      await expect
        .poll(async () => (await tick(broker), (await events('revocation-proved')).length), {
          timeout: 40_000,
        })
        .toBeGreaterThan(proofs);
      expect((await events('revocation'))[0]).toMatchObject({ detail: 'revoke-delegation-keys: done' });
      // A request without a reply may take effect until its deadline. Until then, a key of the next test could not prove anything.
      if (!('retryAfter' in parts)) await pause(LONGEST_EFFECT_MS);
    },
    120_000,
  );

  it('that Resource Manager confirms is done, with proof, and new tokens work', async () => {
    const url = await issue();
    await pause(1100);
    const answer = await act();
    expect(answer).toMatchObject({ status: 200, body: { state: 'done', proved: true, provedOn: ['blob'] } });
    expect(Date.parse(String(answer.body['deadBy'])) - Date.now()).toBeLessThan(3000);
    expect(await downloadStatus(url)).toBe(403);
    await expect.poll(async () => downloadStatus(await issue()), { timeout: 30_000 }).toBe(200);
  });

  it('that joins another operator’s names the death of that one, and its proof is there', async () => {
    const url = await issue();
    await pause(1100);
    await fault({ fault: 'throttle', retryAfter: 600 });
    const earlier = await act('backup');
    expect(earlier).toMatchObject({ status: 202, body: { deaths: [expect.any(String)] } });
    const joined = await act();
    const { deaths } = earlier.body;
    expect(joined).toMatchObject({ status: 200, body: { state: 'done', proved: true, deaths } });
    expect(await downloadStatus(url)).toBe(403);
    const [id] = deaths as string[];
    const by = `local/${sampleCallers['backup']!.oid}`;
    expect((await rotationOf(broker, accounts.media))['ended']).toContainEqual(
      expect.objectContaining({ id, by, proved: true }),
    );
  });

  it('leaks no probe and no token', async () => {
    await expectNoLeak(accounts, broker, secrets);
    expect(broker.output()).not.toMatch(/sig=|sas-token-broker-probe/);
  });
});
