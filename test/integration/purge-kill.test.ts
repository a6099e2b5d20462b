import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { AzureNamedKeyCredential, type TableClient } from '@azure/data-tables';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { purgeAudit } from '../../shared/audit/purge-audit.ts';
import { hourOf } from '../../shared/iso-time.ts';
import { TableRotationJournals } from '../../shared/rotation/table-rotation-journals.ts';
import { auditTableClient } from '../../shared/tables/table-client.ts';
import { newAccount, programFile, useManagedIdentity } from '../stack-client.ts';
import { someJournal } from '../unit/rotation/journal-samples.ts';
import type { PurgeBoundary, PurgeChildOrder } from './purge-child.ts';
import { ACCOUNT, PURGE_TIMES, purgeOnStack, type PurgePlace } from './purge-on-stack.ts';

const BOUNDARIES: readonly PurgeBoundary[] = [
  'before event 1',
  'after event 1',
  'after deletion 1',
  'before deletion 3',
  'after deletion 4',
  'before event 2',
];

const hoursAgo = (hours: number): string => hourOf(new Date(Date.now() - hours * 3_600_000));
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `row-${1000 + index}`);

/** Row keys by partition. The retention is a day. */
const KEPT = new Map([
  [`t-3-${hoursAgo(-1)}`, numbered(3)],
  [`t-3-${hoursAgo(0)}`, numbered(3)],
  [`t-11-${hoursAgo(20)}`, numbered(2)],
  [`d-0-${hoursAgo(22)}`, numbered(1)],
]);
/** Four transactions: the oldest hour takes two. */
const PAST = new Map([
  [`t-3-${hoursAgo(60)}`, numbered(130)],
  [`t-11-${hoursAgo(50)}`, ['row', 'row~completed']],
  [`d-0-${hoursAgo(40)}`, numbered(2)],
]);

interface Prepared {
  readonly place: PurgePlace;
  readonly audit: TableClient;
  readonly state: TableClient;
  readonly journals: TableRotationJournals;
}

async function prepare(): Promise<Prepared> {
  const { signerClientId, purgerClientId } = inject('stack');
  const { name, key1, table } = await newAccount();
  const owner = new AzureNamedKeyCredential(name, key1);
  const audit = auditTableClient(table, 'Audit', owner);
  const state = auditTableClient(table, 'State', owner);
  await Promise.all([audit.createTable(), state.createTable()]);
  for (const [partitionKey, rowKeys] of [...KEPT, ...PAST])
    for (let first = 0; first < rowKeys.length; first += 100)
      await audit.submitTransaction(
        rowKeys.slice(first, first + 100).map((rowKey) => ['create', { partitionKey, rowKey }]),
      );
  const journals = new TableRotationJournals({ client: state, callTimeoutMs: 4000, clock: () => new Date() });
  return { place: { table, signerClientId, purgerClientId }, audit, state, journals };
}

/** Runs one purge in a separate process and returns how it ended. */
async function purgeIn(order: PurgeChildOrder): Promise<number | string> {
  const child = spawn(
    process.execPath,
    [programFile('test/integration/purge-child.ts'), JSON.stringify(order)],
    {
      stdio: ['ignore', 'inherit', 'ignore'],
    },
  );
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal ?? code ?? -1;
}

/** Returns the rows of tokens and denials by partition, and what the events say. */
async function read(audit: TableClient): Promise<{ rows: Map<string, string[]>; details: string[] }> {
  const rows = new Map<string, string[]>();
  const details: string[] = [];
  for await (const { partitionKey = '', rowKey = '', detail } of audit.listEntities<{ detail?: string }>()) {
    if (partitionKey.startsWith('e-')) details.push(detail ?? '');
    else rows.set(partitionKey, [...(rows.get(partitionKey) ?? []), rowKey]);
  }
  return { rows, details };
}

beforeEach(() => useManagedIdentity());

describe('a purge whose process is killed', () => {
  it.concurrent.each(BOUNDARIES)(
    '%s takes no live row, hides no removal, and is ended by the next process',
    { timeout: 120_000 },
    async (dieAt) => {
      const { place, audit } = await prepare();
      expect(await purgeIn({ place, dieAt })).toBe('SIGKILL');
      const killed = await read(audit);
      for (const [partition, keys] of KEPT) expect(killed.rows.get(partition)).toEqual(keys);
      const isComplete = [...PAST].every(
        ([partition, keys]) => killed.rows.get(partition)?.length === keys.length,
      );
      const [oldest = ''] = PAST.keys();
      if (!isComplete) expect(killed.details.join()).toMatch(new RegExp(`^begins: .*, from ${oldest} on$`));
      const isOver = [...PAST.keys()].every((partition) => !killed.rows.has(partition));

      expect(await purgeIn({ place, dieAt: null })).toBe(0);
      const { rows, details } = await read(audit);
      expect(rows).toEqual(KEPT);
      // The second process records what it removes itself; the event before the deletions of the first one remains.
      expect(details.some((detail) => detail.startsWith('removed '))).toBe(!isOver);
    },
  );
});

it('a purge waits for a journal that still counts, and for one that cannot be read', async () => {
  const { place, audit, state, journals } = await prepare();
  const purge = () => purgeAudit(purgeOnStack(place), PURGE_TIMES);
  const whole = new Map([...KEPT, ...PAST]);
  const at = new Date(Date.now() - 100 * 3_600_000);
  const tally = { key: 'key1', demotedAt: at, begunAt: at, count: 1, latestExpiry: null, rest: 'x' } as const;
  const counting = someJournal({ account: ACCOUNT, phase: 'draining', demotedAt: at, tally });
  const entry = await journals.save(counting, null);
  await purge();
  expect(await read(audit)).toEqual({ rows: whole, details: [] });

  // The count of this drain began an hour after the oldest row expired, so that row is not one of its own.
  const later = new Date(Date.now() - 55 * 3_600_000);
  const restarted = { ...counting, demotedAt: later, tally: { ...tally, demotedAt: later, begunAt: later } };
  await journals.save(restarted, entry?.etag ?? null);
  await purge();
  const [oldest = ''] = [...PAST.keys()];
  expect([...(await read(audit)).rows.keys()].sort()).toEqual(
    [...whole.keys()].filter((key) => key !== oldest).sort(),
  );

  const row = { partitionKey: 'rotation', rowKey: ACCOUNT };
  await state.upsertEntity({ ...row, journal: '{' }, 'Replace');
  await purge();
  expect((await read(audit)).rows.size).toBe(whole.size - 1);

  await state.deleteEntity(row.partitionKey, row.rowKey);
  await journals.save({ ...counting, phase: 'steady', demotedAt: null, tally: null }, null);
  await purge();
  expect((await read(audit)).rows).toEqual(KEPT);
});
