import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DenialRecord } from '../../../shared/audit/audit-record.ts';
import {
  DENIAL_ROWS_PER_MINUTE,
  DenialCounts,
  MAX_COUNTED_CALLERS,
} from '../../../shared/audit/denial-counts.ts';
import { denialLog, type DenialLog } from '../../../shared/audit/denial-log.ts';
import type { TableRow } from '../../../shared/tables/columns.ts';
import type { RowTransport } from '../../../shared/tables/row-transport.ts';

const noon = new Date('2026-11-22T12:00:00Z');
const ann = { issuer: 'entra', subject: 'ann', name: 'Ann', ip: '203.0.113.7' };
const bob = { issuer: 'entra', subject: 'bob', name: null, ip: null };

function denialOf(caller: DenialRecord['caller'], at = new Date()): DenialRecord {
  const asked = { resource: 'media/blob/secret', permissions: 'r', kind: null, purpose: null };
  return { at, caller, requestId: 'req-1', code: 'forbidden', reason: 'no grant', ...asked };
}

function open(insert?: () => Promise<void>): { log: DenialLog; rows: TableRow[]; faults: string[] } {
  const rows: TableRow[] = [];
  const faults: string[] = [];
  const transport: RowTransport<TableRow> = {
    insert: insert ?? (async (more) => void rows.push(...more)),
    // A table that rejects writes fails reads too.
    requestIdOf: async () => (await insert?.()) ?? null,
    bytesOf: () => 100,
  };
  let suffixes = 0;
  const origin = () => ({ instance: 'i', shard: 3, suffix: String((suffixes += 1)).padStart(8, 'a') });
  const onFault = (message: string): void => void faults.push(message);
  return { log: denialLog({ transport, origin, clock: () => new Date(), onFault }), rows, faults };
}

const soon = (): Date => new Date(Date.now() + 5000);

beforeEach(() => vi.useFakeTimers({ now: noon, toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => vi.useRealTimers());

describe('the log of denials', () => {
  test('a denial is written to the partition of its shard and hour, with a row key that sorts by time', async () => {
    const { log, rows } = open();
    await log.append(denialOf(ann), soon());
    expect(rows).toEqual([
      {
        partitionKey: 'd-3-2026112212',
        rowKey: '20261122T120000000Z-aaaaaaa1',
        at: '2026-11-22T12:00:00Z',
        callerIssuer: 'entra',
        callerSubject: 'ann',
        callerName: 'Ann',
        callerIp: '203.0.113.7',
        requestId: 'req-1',
        code: 'forbidden',
        resource: 'media/blob/secret',
        permissions: 'r',
        reason: 'no grant',
        instance: 'i',
      },
    ]);
  });

  test("a caller's denials beyond twenty in a minute become one row, written once after the minute", async () => {
    const { log, rows } = open();
    for (let count = 0; count < 50; count += 1) await log.append(denialOf(ann), soon());
    await log.append(denialOf(bob), soon());
    expect(rows).toHaveLength(DENIAL_ROWS_PER_MINUTE + 1);

    await vi.advanceTimersByTimeAsync(60_000);

    expect(rows.slice(DENIAL_ROWS_PER_MINUTE + 1)).toEqual([
      expect.objectContaining({ at: '2026-11-22T12:00:00Z', callerSubject: 'ann', count: 30 }),
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the first denial after a minute also writes the count of that minute, and the caller gets rows again', async () => {
    const { log, rows } = open();
    for (let count = 0; count < 25; count += 1) await log.append(denialOf(ann), soon());
    vi.setSystemTime(new Date('2026-11-22T12:01:00Z'));
    await log.append(denialOf(ann), soon());
    expect(rows.slice(20).map((row) => [row['at'], row['count']])).toEqual([
      ['2026-11-22T12:00:00Z', 5],
      ['2026-11-22T12:01:00Z', undefined],
    ]);
  });

  test('a flush writes the current counts once', async () => {
    const { log, rows } = open();
    for (let count = 0; count < 22; count += 1) await log.append(denialOf(ann), soon());
    await log.flush(soon());
    await log.flush(soon());
    expect(rows.slice(20).map((row) => row['count'])).toEqual([2]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a denial that cannot be written is reported and never throws', async () => {
    const { log, faults } = open(async () => {
      throw Object.assign(new Error('https://secret'), { statusCode: 403, code: 'AuthorizationFailure' });
    });
    await log.append(denialOf(ann), soon());
    expect(faults).toEqual(['could not write a denial (request req-1): Error AuthorizationFailure 403']);
  });

  test.each([
    [500, 500],
    [20_000, 2000],
  ])('a denial with a deadline in %i ms waits %i ms for a hung table', async (left, wait) => {
    const { log, faults } = open(() => new Promise<void>(() => undefined));
    const done = vi.fn();
    void log.append(denialOf(ann), new Date(Date.now() + left)).then(done);
    await vi.advanceTimersByTimeAsync(wait - 1);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toHaveBeenCalled();
    expect(faults).toHaveLength(1);
  });
});

describe('the counts of denials', () => {
  test('callers beyond the limit are counted as one', () => {
    const counts = new DenialCounts();
    for (let index = 0; index < MAX_COUNTED_CALLERS + 100; index += 1)
      counts.admit({ ...bob, subject: `s${index}` }, noon);
    const counted = counts.takeEnded(null);
    expect(counted).toEqual([
      {
        at: noon,
        caller: { issuer: '*', subject: '*', name: null, ip: null },
        count: 100 - DENIAL_ROWS_PER_MINUTE,
      },
    ]);
  });

  test('a minute is not taken before it has ended', () => {
    const counts = new DenialCounts();
    for (let index = 0; index < 21; index += 1) counts.admit(ann, noon);
    expect(counts.takeEnded(new Date('2026-11-22T12:00:59Z'))).toEqual([]);
    expect(counts.takeEnded(new Date('2026-11-22T12:01:00Z'))).toHaveLength(1);
  });
});
