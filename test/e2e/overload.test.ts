import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { storedRows } from './leaks.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

let accounts: Accounts;
let broker: TestBroker;

beforeAll(async () => {
  accounts = await newAccounts();
  broker = await startBroker(accounts, configuration(accounts, [readerGrant([accounts.media])]), {
    REQUEST_DEADLINE: 'PT4S',
  });
});

afterAll(() => broker.stop());

it('requests that waited too long for the process get 503 without a token, health answers, and later ones succeed', async () => {
  const body = { url: `${accounts.media.blob}/photos/sample.jpg`, permissions: 'r' };
  const issue = () => call(broker, 'reader', 'POST', '/tokens', body);
  await expect.poll(async () => (await issue()).status, { timeout: 30_000 }).toBe(201);
  // The event of the start is written in the background.
  const tokens = async () =>
    (await storedRows(accounts)).filter(({ partitionKey }) => String(partitionKey).startsWith('t-')).length;
  const before = await tokens();

  const thaw = broker.freeze();
  const waiting = Array.from({ length: 20 }, issue);
  const health = call(broker, null, 'GET', '/health');
  // Longer than a quarter of the deadline.
  await pause(1500);
  thaw();

  for (const answer of await Promise.all(waiting)) {
    expect(answer).toMatchObject({ status: 503, body: { code: 'overloaded' } });
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  }
  expect((await health).status).toBe(200);
  expect(await tokens()).toBe(before);
  await expect.poll(async () => (await issue()).status, { timeout: 30_000 }).toBe(201);
  expect(broker.output()).toMatch(
    /\[Warning\] issueToken: .*"overloaded".*"reason":"the event loop was blocked/,
  );
});
