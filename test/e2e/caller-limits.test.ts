import { afterAll, beforeAll, expect, it } from 'vitest';
import { storedRows } from './leaks.ts';
import {
  type Accounts,
  type Answer,
  call,
  configuration,
  newAccounts,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

const PER_MINUTE = 10;
const MALFORMED = '{"url":';
const OVERSIZED = JSON.stringify({ purpose: 'x'.repeat(65_536) });

let accounts: Accounts;
let broker: TestBroker;
let request: { url: string; permissions: string };

beforeAll(async () => {
  accounts = await newAccounts();
  const everyone = readerGrant([accounts.media], { callers: [{ issuer: 'local' }] });
  broker = await startBroker(accounts, {
    ...configuration(accounts, [everyone]),
    limits: { perCaller: { concurrent: 50, perMinute: PER_MINUTE } },
  });
  request = { url: `${accounts.media.blob}/photos/sample.jpg`, permissions: 'r' };
});

afterAll(() => broker.stop());

const post = (who: string, path: string, body: unknown) => call(broker, who, 'POST', path, body);
const batchOf = (size: number) => ({ requests: Array(size).fill(request) as object[] });
const auditRows = async () =>
  (await storedRows(accounts)).filter(({ partitionKey }) => !String(partitionKey).startsWith('e-'));

function expectLimited(answer: Answer): void {
  expect(answer).toMatchObject({ status: 429, body: { code: 'rate_limited', status: 429 } });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  const retryAfter = Number(answer.headers.get('retry-after'));
  expect(Number.isInteger(retryAfter)).toBe(true);
  expect(retryAfter).toBeGreaterThanOrEqual(1);
  expect(retryAfter).toBeLessThanOrEqual(61);
}

it('a caller over the limit hears 429 whatever it sends, writes no row, and disturbs nobody else', async () => {
  for (let count = 0; count < PER_MINUTE / 2; count += 1) {
    expect((await post('reader', '/tokens', request)).status).toBe(201);
    expect((await post('reader', '/tokens/explain', request)).status).toBe(200);
  }
  const rows = (await auditRows()).length;
  for (const path of ['/tokens', '/tokens/batch', '/tokens/explain'])
    for (const body of [request, MALFORMED, OVERSIZED]) expectLimited(await post('reader', path, body));
  expect((await auditRows()).length).toBe(rows);
  expect((await call(broker, 'reader', 'GET', '/tokens/none')).status).toBe(404);
  expect((await post('uploader', '/tokens', request)).status).toBe(201);
});

it('a batch passes or is refused whole', async () => {
  expect((await post('backup', '/tokens/batch', batchOf(6))).status).toBe(200);
  const rows = (await auditRows()).length;
  expectLimited(await post('backup', '/tokens/batch', batchOf(5)));
  expect((await auditRows()).length).toBe(rows);
  // The refused batch counted as one.
  expect((await post('backup', '/tokens/batch', batchOf(3))).status).toBe(200);
  expectLimited(await post('backup', '/tokens', request));
});

it('a batch that can never succeed is told the largest size', async () => {
  const answer = await post('stranger', '/tokens/batch', batchOf(PER_MINUTE + 1));
  expectLimited(answer);
  expect(answer.body.errors).toEqual([{ path: 'requests', message: 'must have at most 10 items' }]);
});

it('a request without a valid bearer token is 401, and counts for nobody', async () => {
  for (let count = 0; count < PER_MINUTE; count += 1)
    expect((await call(broker, { bearer: 'x' }, 'POST', '/tokens', request)).status).toBe(401);
  expect((await post('auditor', '/tokens', request)).status).toBe(201);
});
