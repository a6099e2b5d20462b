import { describe, expect, it } from 'vitest';
import { hourOf } from '../../shared/iso-time.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

/** A purge takes some forty requests, which take their time on a busy machine. */
const BUSY = { timeout: 30_000 };
const hoursAgo = (hours: number): string => hourOf(new Date(Date.now() - hours * 3_600_000));
const daysAgo = (days: number): string => hoursAgo(24 * days).slice(0, 8);

/** What every test finds in its table, by what a retention of a day does to it. */
const LIVE = [`t-3-${hoursAgo(-1)}`, `t-3-${hoursAgo(0)}`, `t-11-${hoursAgo(3)}`, `d-0-${hoursAgo(23)}`];
const KEPT = [`e-${daysAgo(60)}`, 't-3-elsewhere'];
const PAST = [`t-3-${hoursAgo(26)}`, `t-11-${hoursAgo(26)}`, `d-0-${hoursAgo(30)}`, `e-${daysAgo(100)}`];

async function filledAccounts(): Promise<Accounts> {
  const accounts = await newAccounts();
  for (const partitionKey of [...LIVE, ...KEPT, ...PAST])
    for (const rowKey of ['row', 'row~completed'])
      await accounts.auditTable.createEntity({ partitionKey, rowKey });
  return accounts;
}

async function partitionsOf({ auditTable }: Accounts): Promise<string[]> {
  const found = new Set<string>();
  for await (const { partitionKey } of auditTable.listEntities()) found.add(partitionKey ?? '');
  return [...found].filter((key) => [...LIVE, ...KEPT, ...PAST].includes(key)).sort();
}

const runPurge = (broker: TestBroker) =>
  fetch(`${broker.admin}/functions/purgeAudit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });

describe('the timer purgeAudit', () => {
  it('removes whole hours that are past the retention, and records it', async () => {
    const accounts = await filledAccounts();
    const config = configuration(accounts, [readerGrant([accounts.media])]);
    const broker = await startBroker(accounts, config, { AUDIT_RETENTION: 'PT2H' });
    try {
      await expect.poll(broker.output, BUSY).toContain('AUDIT_RETENTION');
      expect(broker.output()).toMatch(
        /"warn","event":"configuration warning".*"AUDIT_RETENTION".*rows are kept for that long; set it to P1D or more/,
      );
      expect((await runPurge(broker)).status).toBe(202);
      await expect.poll(() => partitionsOf(accounts), BUSY).toEqual([...LIVE, ...KEPT].sort());
      const purges = async () => {
        const { body } = await call(broker, 'auditor', 'GET', '/events?type=purge');
        return (body['items'] as { detail: string; actor: string }[]).map(({ detail }) => detail);
      };
      await expect.poll(purges, BUSY).toHaveLength(2);
      const [end, begin] = await purges();
      expect(end).toContain('removed 8 rows (tokens 4, denials 2, events 2) of the hours');
      expect(begin).toMatch(/^begins: /);
    } finally {
      await broker.stop();
    }
  });

  it('removes nothing without AUDIT_RETENTION', async () => {
    const accounts = await filledAccounts();
    const config = configuration(accounts, [readerGrant([accounts.media])]);
    const broker = await startBroker(accounts, config, { AUDIT_RETENTION: '' });
    try {
      expect((await runPurge(broker)).status).toBe(202);
      const done = await call(broker, 'auditor', 'GET', '/events');
      expect(done.status).toBe(200);
      expect(await partitionsOf(accounts)).toEqual([...LIVE, ...KEPT, ...PAST].sort());
      expect(broker.output()).not.toContain('configuration warning');
    } finally {
      await broker.stop();
    }
  });
});
