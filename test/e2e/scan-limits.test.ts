import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type FaultyTable, startFaultyTable } from '../fakes/faulty-table.ts';
import { bearerToken } from '../stack-client.ts';
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

let accounts: Accounts;
let broker: TestBroker;
let table: FaultyTable;

beforeAll(async () => {
  accounts = await newAccounts();
  const { folder, table: target } = inject('stack');
  const certificate = { certFile: join(folder, 'tls-cert.pem'), keyFile: join(folder, 'tls-key.pem') };
  table = await startFaultyTable({ target, seed: 1, failEvery: 0, only: 'read', certificate });
  const grants = [readerGrant([accounts.media], { kinds: ['service'] })];
  broker = await startBroker(accounts, configuration(accounts, grants), {
    AUDIT_TABLE_URL: `${table.url}/${accounts.state.name}/BrokerAudit`,
    REQUEST_DEADLINE: 'PT25S',
  });
});

afterAll(async () => {
  table.release();
  await broker.stop();
  await table.stop();
});

const issue = () =>
  call(broker, 'reader', 'POST', '/tokens', {
    url: `${accounts.media.blob}/photos/a.jpg`,
    permissions: 'r',
    kind: 'service',
  });

/** How many reads of the table a search of all hours begins with, and one of a single hour. */
const SCAN_READS = 10;
const ONE_HOUR_READS = 16;

/** Begins a call and waits until the table holds up its reads. */
async function begin(send: () => Promise<Answer>, reads: number): Promise<{ answer: Promise<Answer> }> {
  const wanted = table.stats.done.hold + reads;
  const answer = send();
  await expect.poll(() => table.stats.done.hold, { timeout: 10_000, interval: 10 }).toBe(wanted);
  return { answer };
}

it('a caller’s third scan and an instance’s ninth are told to come back, and issuing goes on', async () => {
  const { body: token } = await issue();
  const { fingerprint, expiresAt } = token as { fingerprint: string; expiresAt: string };
  const auditors = await Promise.all(
    Array.from({ length: 5 }, async () => ({ bearer: await bearerToken('auditor', { oid: randomUUID() }) })),
  );
  const [ann, , , , eve] = auditors;
  const lookUp = (who: (typeof auditors)[number], question: object) =>
    call(broker, who, 'POST', '/tokens/lookup', question);
  const expectRefused = ({ status, body, headers }: Answer): void => {
    expect([status, body['code'], headers.get('retry-after')]).toEqual([429, 'rate_limited', '5']);
  };
  table.set({ failEvery: 1, faults: ['hold'] });

  const scan = (who: (typeof auditors)[number]) => begin(() => lookUp(who, { fingerprint }), SCAN_READS);
  const scans = [await scan(ann!), await scan(ann!)];
  expectRefused(await lookUp(ann!, { fingerprint }));
  expectRefused(await call(broker, ann!, 'GET', '/tokens?state=live'));
  expectRefused(await call(broker, ann!, 'POST', '/revocations', { target: { grant: 'read' } }));
  const oneHour = await begin(() => lookUp(ann!, { fingerprint, expiresAt }), ONE_HOUR_READS);

  for (const who of auditors.slice(1, 4)) scans.push(await scan(who), await scan(who));
  expectRefused(await lookUp(eve!, { fingerprint }));
  expect((await issue()).status).toBe(201);

  table.set({ failEvery: 0 });
  table.release();
  const answers = await Promise.all([...scans, oneHour].map(({ answer }) => answer));
  for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { verdict: 'issued' } });
  expect(await lookUp(eve!, { fingerprint })).toMatchObject({ status: 200, body: { verdict: 'issued' } });
});
