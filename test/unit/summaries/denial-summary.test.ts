import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordedDenials } from '../../../shared/audit/denial-rows.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import {
  DenialFold,
  denialSummarySchema,
  readDenialSummaryQuery,
  summarizeDenials,
} from '../../../shared/summaries/denial-summary.ts';
import { memoryDenialRows } from '../../fakes/memory-denial-rows.ts';

const now = new Date('2026-11-22T12:20:00Z');
const day = { since: addSeconds(now, -86_400), until: now };
const call = { now, deadline: addSeconds(now, 10) };

const denial = (
  minutesAgo: number,
  parts: Partial<RecordedDenials> & { who?: string } = {},
): RecordedDenials => {
  const { who = 'ann', ...rest } = parts;
  return {
    at: addSeconds(now, -minutesAgo * 60),
    caller: { issuer: 'local', subject: who, name: who === 'ann' ? 'Ann' : null },
    count: 1,
    reason: `${minutesAgo} minutes ago`,
    ...rest,
  };
};

async function summaryOf(denials: readonly RecordedDenials[], range = day) {
  return denialSummarySchema.parse(await summarizeDenials(memoryDenialRows(denials), range, call));
}

describe('a summary of denials', () => {
  it('counts by hour, zeros too, with only the part of the first and last hour that is in the range', async () => {
    const { asOf, total, byHour } = await summaryOf([
      denial(1),
      denial(19),
      denial(21),
      denial(24 * 60),
      denial(24 * 60 + 1),
      denial(0),
    ]);
    expect([asOf, total, byHour.length]).toEqual(['2026-11-22T12:20:00Z', 4, 25]);
    expect(byHour[0]).toEqual({ hour: '2026-11-21T12:00:00Z', count: 1 });
    expect(byHour[1]).toEqual({ hour: '2026-11-21T13:00:00Z', count: 0 });
    expect(byHour.slice(-2)).toEqual([
      { hour: '2026-11-22T11:00:00Z', count: 1 },
      { hour: '2026-11-22T12:00:00Z', count: 2 },
    ]);
    const hour = { since: new Date('2026-11-22T11:00:00Z'), until: new Date('2026-11-22T12:00:00Z') };
    expect((await summaryOf([], hour)).byHour).toEqual([{ hour: '2026-11-22T11:00:00Z', count: 0 }]);
  });

  it('adds counts of further denials, and keeps the latest reason of each caller', async () => {
    const { total, byCaller } = await summaryOf([
      denial(30),
      denial(5, { reason: 'the latest' }),
      denial(40),
      denial(4, { count: 41, reason: null }),
      denial(10, { who: 'bob', count: 7, reason: null }),
      denial(10, { who: '*', caller: { issuer: '*', subject: '*', name: null }, count: 100, reason: null }),
    ]);
    expect(total).toBe(151);
    expect(byCaller).toEqual([
      { issuer: '*', subject: '*', name: null, count: 100, lastReason: null },
      { issuer: 'local', subject: 'ann', name: 'Ann', count: 44, lastReason: 'the latest' },
      { issuer: 'local', subject: 'bob', name: null, count: 7, lastReason: null },
    ]);
  });

  it('lists the 20 callers with the most, in one order', async () => {
    const denials = Array.from({ length: 30 }, (_, index) => denial(1, { who: `c${index + 10}` }));
    const { byCaller } = await summaryOf([...denials.reverse(), denial(2, { who: 'c35' })]);
    expect(byCaller.map(({ subject }) => subject).slice(0, 3)).toEqual(['c35', 'c10', 'c11']);
    expect(byCaller).toHaveLength(20);
  });

  it('says that it is incomplete if the scan was cut short, or there were too many callers', async () => {
    const rows = { scan: () => Promise.resolve({ scannedAll: false }) };
    expect((await summarizeDenials(rows, day, call)).scannedAll).toBe(false);
    const fold = new DenialFold(day, 3);
    fold.take(['a', 'b', 'c'].map((who) => denial(1, { who })));
    expect(fold.summary(true).scannedAll).toBe(true);
    fold.take([denial(1, { who: 'd' })]);
    expect(fold.summary(true)).toMatchObject({ scannedAll: false, total: 4 });
    expect(fold.summary(true).byCaller).toHaveLength(3);
  });

  it('reads for 0.8 of the call’s time, and fails if nothing can be read', async () => {
    const asked: unknown[] = [];
    const rows = {
      scan: (range: object, deadline: Date) => {
        asked.push(range, deadline);
        return Promise.reject(new BrokerError('audit_unavailable', 'down'));
      },
    };
    await expect(summarizeDenials(rows, day, call)).rejects.toMatchObject({ code: 'audit_unavailable' });
    expect(asked).toEqual([day, addSeconds(now, 8)]);
  });

  it('adds up, whatever the denials', async () => {
    const anyDenial = fc
      .record({
        minutes: fc.integer({ min: -10, max: 26 * 60 }),
        who: fc.constantFrom('ann', 'bob', 'cy'),
        count: fc.integer({ min: 1, max: 50 }),
      })
      .map(({ minutes, who, count }) =>
        denial(minutes, { who, count, reason: count > 1 ? null : 'no grant' }),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(anyDenial, { maxLength: 30 }), async (denials) => {
        const { total, byHour, byCaller } = await summaryOf(denials);
        const inRange = denials.filter(({ at }) => at >= day.since && at < day.until);
        expect(total).toBe(inRange.reduce((sum, { count }) => sum + count, 0));
        for (const list of [byHour, byCaller])
          expect(list.reduce((sum, { count }) => sum + count, 0)).toBe(total);
      }),
    );
  });
});

describe('the query of a summary of denials', () => {
  const read = (text: string) => readDenialSummaryQuery(new URLSearchParams(text), now);

  it('covers the last 24 hours by default, up to seven days', () => {
    expect(read('')).toEqual(day);
    const until = new Date('2026-11-20T00:00:00Z');
    expect(read('until=2026-11-20T00:00:00Z')).toEqual({ since: addSeconds(until, -86_400), until });
    const since = new Date('2026-11-13T00:00:00Z');
    expect(read('since=2026-11-13T02:00:00%2B02:00&until=2026-11-20T00:00:00Z')).toEqual({ since, until });
    expect(read('since=2026-11-15T12:20:00Z')).toEqual({ since: addSeconds(now, -7 * 86_400), until: now });
  });

  it.each([
    ['since=2026-11-15T12:19:59Z', ['since']],
    ['since=2026-11-12T23:59:59Z&until=2026-11-20T00:00:00Z', ['since']],
    ['since=2026-11-22T12:20:00Z', ['since']],
    ['since=2026-11-20T00:00:00Z&until=2026-11-20T00:00:00Z', ['since']],
    ['since=yesterday&until=2026-02-30T00:00:00Z', ['since', 'until']],
    ['until=2026-11-20', ['until']],
    ['until=', ['until']],
    ['since=2026-11-22T12:00:00Z&since=2026-11-22T12:00:00Z', ['since']],
    ['hours=24', ['hours']],
  ])('refuses %s', (text, paths) => {
    try {
      read(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(BrokerError);
      expect((error as BrokerError).code).toBe('invalid_request');
      expect((error as BrokerError).errors.map(({ path }) => path).sort()).toEqual(paths);
    }
  });

  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T12:00:00Z', 12],
    ['9998-12-31T23:59:59Z', 25],
  ])('has the hours of a range that ends at the edge of time, %s', async (until, hours) => {
    const { byHour, total } = await summaryOf([], read(`until=${until}`));
    expect([byHour.length, total]).toEqual([hours, 0]);
  });
});
