import { setTimeout as pause } from 'node:timers/promises';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { propertyRuns } from '../property-runs.ts';
import { newAccount, resourceManagerCalls, type TestAccount } from '../stack-client.ts';
import { tick } from './rotated-account.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  publishKey,
  QUICK_ROTATION,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

const ACCOUNTS = 5;
/** Each account's rotations. An even number, so that both keys are regenerated as often. */
const ROTATIONS_EACH = propertyRuns({ quick: 2, full: 4 });
const rotation = { ...QUICK_ROTATION, every: 'P1D', maxTokenTtl: 'PT10M' };
let accounts: Accounts;
let storage: TestAccount[];
let hosts: TestBroker[];

beforeAll(async () => {
  accounts = await newAccounts();
  storage = [
    accounts.media,
    ...(await Promise.all(Array.from({ length: ACCOUNTS - 1 }, () => newAccount()))),
  ];
  await Promise.all(
    storage.map(async (account) => {
      await publishKey(account, 'key1');
      const credential = new StorageSharedKeyCredential(account.name, account.key1);
      const container = new BlobServiceClient(account.blob, credential).getContainerClient('photos');
      await container.createIfNotExists();
      await container.getBlockBlobClient('sample.jpg').upload('a photo', 7);
    }),
  );
  const grant = readerGrant(storage, { kinds: ['service'], maxTtl: 'PT10M' });
  const each = storage.map(
    (media) => configuration({ ...accounts, media }, [], rotation) as { accounts: object[] },
  );
  const config = {
    ...configuration(accounts, [grant], rotation),
    accounts: each.flatMap((one) => one.accounts),
  };
  hosts = await Promise.all([1, 2].map(() => startBroker(accounts, config, { REQUEST_DEADLINE: 'PT2S' })));
});

afterAll(() => Promise.all(hosts.map((host) => host.stop())));

interface Tally {
  issued: number;
  used: number;
  unavailable: number;
  refused: string[];
}

/** Issues and uses tokens of one account at one host until stopped. Each token must work until its expiry. */
async function load(
  host: TestBroker,
  account: TestAccount,
  tally: Tally,
  done: () => boolean,
): Promise<void> {
  while (!done()) {
    const ttl = 2 + Math.floor(Math.random() * 4);
    const body = { url: `${account.blob}/photos/sample.jpg`, permissions: 'r', kind: 'service', ttl };
    const answer = await call(host, 'reader', 'POST', '/tokens', body);
    if (answer.status !== 201) {
      tally.unavailable += 1;
      expect(answer.status).toBe(503);
      await pause(100);
      continue;
    }
    tally.issued += 1;
    void useUntilExpiry(String(answer.body['url']), new Date(String(answer.body['expiresAt'])), tally);
    await pause(150);
  }
}

async function useUntilExpiry(url: string, expiresAt: Date, tally: Tally): Promise<void> {
  while (new Date() < expiresAt) {
    const reply = await fetch(url);
    await reply.arrayBuffer();
    // A reply after the expiry does not show whether the token worked before it.
    if (new Date() >= expiresAt) return;
    tally.used += 1;
    if (reply.status !== 200)
      tally.refused.push(`${reply.status} ${expiresAt.toISOString()} ${url.split('?')[0]!}`);
    await pause(400);
  }
}

/** Starts one rotation after another, and ticks both hosts at once until each rotation is complete. */
async function rotate(account: TestAccount): Promise<void> {
  const state = async () =>
    (await call(hosts[0]!, 'operator', 'GET', `/accounts/${account.name}/rotation`)).body as {
      phase: string;
      activeKey: string;
    };
  for (let rotations = 0; rotations < ROTATIONS_EACH; rotations += 1) {
    const before = (await state()).activeKey;
    const order = async () =>
      (await call(hosts[rotations % 2]!, 'operator', 'POST', `/accounts/${account.name}/rotation`)).status;
    await expect.poll(order, { timeout: 30_000, interval: 500 }).toBe(202);
    const through = async () => {
      const { phase, activeKey } = await state();
      return phase === 'steady' && activeKey !== before;
    };
    await expect.poll(through, { timeout: 180_000, interval: 500 }).toBe(true);
  }
}

it(`two hosts rotate ${ACCOUNTS * ROTATIONS_EACH} times on the same tables under load: each key is regenerated once, and no token is refused before its expiry`, async () => {
  const tally: Tally = { issued: 0, used: 0, unavailable: 0, refused: [] };
  let over = false;
  const ticking = hosts.map(async (host) => {
    while (!over) {
      await tick(host);
      await pause(250);
    }
  });
  const phases = async () => {
    const { items = [] } = (await call(hosts[0]!, 'operator', 'GET', '/accounts')).body;
    return (items as { phase: string }[]).map(({ phase }) => phase);
  };
  const steady = storage.map(() => 'steady');
  await expect.poll(phases, { timeout: 60_000 }).toEqual(steady);

  const loads = storage.map((account, index) => load(hosts[index % 2]!, account, tally, () => over));
  try {
    await Promise.all(storage.map(rotate));
  } finally {
    over = true;
    await Promise.allSettled([...ticking, ...loads]);
  }
  await Promise.all([...ticking, ...loads]);

  expect(tally.refused).toEqual([]);
  expect(tally.issued).toBeGreaterThan(100);
  expect(tally.used).toBeGreaterThan(tally.issued);
  for (const { name } of storage) {
    const calls = (await resourceManagerCalls(name))['regenerateKey'];
    expect(calls, name).toEqual({ asked: 2 * ROTATIONS_EACH, done: 2 * ROTATIONS_EACH });
  }
  console.log(
    `${ACCOUNTS * ROTATIONS_EACH} rotations, ${tally.issued} tokens, ${tally.used} uses, ${tally.unavailable} answers of 503`,
  );
}, 600_000);
