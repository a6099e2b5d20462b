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

it('of a flood, each request gets a token with its row or 503, and the broker is free again afterwards', async () => {
  const body = { url: `${accounts.media.blob}/photos/flood.jpg`, permissions: 'r' };
  const ids = async () =>
    new Set(
      (await storedRows(accounts))
        .filter(({ partitionKey }) => String(partitionKey).startsWith('t-'))
        .map(({ requestId }) => String(requestId)),
    );
  const before = await ids();

  const answers = await Promise.all(
    Array.from({ length: 1000 }, () => call(broker, 'reader', 'POST', '/tokens', body)),
  );

  const idOf = ({ headers }: (typeof answers)[number]) => headers.get('x-request-id') ?? '';
  const issued = answers.filter(({ status }) => status === 201);
  const overloaded = answers.filter(({ body: { code } }) => code === 'overloaded');
  // A slow machine may reach the deadline during a write.
  const unaudited = answers.filter(({ body: { code } }) => code === 'audit_unavailable');
  expect(issued.length).toBeGreaterThan(0);
  expect(issued.length + overloaded.length + unaudited.length).toBe(answers.length);
  const added = new Set([...(await ids())].filter((id) => !before.has(id)));
  expect(issued.filter((one) => !added.has(idOf(one)))).toEqual([]);
  expect(overloaded.filter((one) => added.has(idOf(one)))).toEqual([]);
  await expect
    .poll(async () => (await call(broker, 'operator', 'GET', '/health/ready')).body['load'], {
      timeout: 30_000,
    })
    .toMatchObject({ waitingRequests: 0, waitingRows: 0 });
});
