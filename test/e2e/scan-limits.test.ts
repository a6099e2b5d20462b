import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FaultyTable } from '../fakes/faulty-table.ts';
import { startStackRelay } from '../stack-relay.ts';
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
  table = await startStackRelay({ only: 'read' });
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

/** Calls of which some are held up at the table, and some are not. */
function callsUnderWay() {
  const held: Promise<Answer>[] = [];
  const refused: Answer[] = [];
  return {
    held,
    /** Begins calls, waits until one of them is refused, and returns that answer. The others go on. */
    async refusedOf(sends: readonly (() => Promise<Answer>)[]): Promise<Answer> {
      const before = refused.length;
      for (const send of sends)
        held.push(send().then((answer) => (answer.status === 429 ? (refused.push(answer), answer) : answer)));
      await expect.poll(() => refused.length, { timeout: 30_000, interval: 10 }).toBe(before + 1);
      return refused[before]!;
    },
  };
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

  const calls = callsUnderWay();
  const scan = (who: (typeof auditors)[number]) => () => lookUp(who, { fingerprint });
  expectRefused(await calls.refusedOf([scan(ann!), scan(ann!), scan(ann!)]));
  expectRefused(await call(broker, ann!, 'GET', '/tokens?state=live'));
  expectRefused(await call(broker, ann!, 'POST', '/revocations', { target: { grant: 'read' } }));
  // A lookup of one hour is no scan.
  calls.held.push(lookUp(ann!, { fingerprint, expiresAt }));

  const others = auditors.slice(1, 4).flatMap((who) => [scan(who), scan(who)]);
  expectRefused(await calls.refusedOf([...others, scan(eve!)]));
  expect((await issue()).status).toBe(201);

  table.set({ failEvery: 0 });
  table.release();
  const answers = await Promise.all(calls.held);
  const served = answers.filter(({ status }) => status !== 429);
  expect(served).toHaveLength(2 + 1 + 6);
  for (const answer of served) expect(answer).toMatchObject({ status: 200, body: { verdict: 'issued' } });
  expect(await lookUp(eve!, { fingerprint })).toMatchObject({ status: 200, body: { verdict: 'issued' } });
});
