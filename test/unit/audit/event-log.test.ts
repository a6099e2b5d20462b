import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventPage, EventQuery } from '../../../shared/audit/event-log.ts';
import { timeKey, timeOfKey } from '../../../shared/audit/event-row-keys.ts';
import { eventFilters, readEvent } from '../../../shared/audit/read-event-rows.ts';
import { readEventPage } from '../../../shared/audit/table-event-log.ts';
import { countedDenialsRow, denialRow, eventRow } from '../../../shared/audit/write-event-rows.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { TableRow } from '../../../shared/tables/columns.ts';

const now = new Date('2026-11-22T12:00:00Z');
const origin = { instance: 'i', shard: 3, suffix: 'abcdefgh' };
const caller = { issuer: 'local', subject: 'ann', name: 'Ann', ip: null };

const eventAt = (at: Date, index = 0): TableRow =>
  eventRow(
    { at, type: 'revocation', account: 'media', actor: 'local/ann', detail: String(index) },
    { ...origin, suffix: `aaaaa${index.toString(8).padStart(3, '0').replace(/[01]/g, 'z')}` },
  );

const query = (parts: Partial<EventQuery> = {}): EventQuery => ({
  type: null,
  account: null,
  since: addSeconds(now, -30 * 86_400),
  before: timeKey(now),
  limit: 100,
  ...parts,
});

/** A table that filters by row key only. `windows` records what is read. */
function table(rows: readonly TableRow[]) {
  const windows: { from: Date; before: string }[] = [];
  const read: Parameters<typeof readEventPage>[1] = (_query, window) => {
    windows.push(window);
    return Promise.resolve(
      rows.filter(({ rowKey }) => rowKey >= timeKey(window.from) && rowKey < window.before),
    );
  };
  return { windows, read };
}

describe('a page of events', () => {
  it('is read in windows that grow until the page is full', async () => {
    const { windows, read } = table([]);
    expect(await readEventPage(query(), read)).toEqual({ events: [], next: null });
    expect(windows.length).toBeLessThan(8);
    expect(windows.at(-1)?.from).toEqual(query().since);
  });

  it('contains each event once, newest first, whatever the page size', async () => {
    const moment = fc.integer({ min: 0, max: 40 * 86_400 }).map((seconds) => addSeconds(now, -seconds));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(moment, { maxLength: 60, selector: (at) => at.getTime() }),
        fc.integer({ min: 1, max: 20 }),
        async (moments, limit) => {
          const rows = moments.map((at) => eventAt(at));
          const { read } = table(rows);
          const seen: string[] = [];
          let next: string | null = timeKey(now);
          for (let pages = 0; next !== null && pages < 100; pages += 1) {
            const page: EventPage = await readEventPage(query({ limit, before: next }), read);
            expect(page.events.length).toBeLessThanOrEqual(limit);
            seen.push(...page.events.map(({ at }) => at.toISOString()));
            ({ next } = page);
          }
          const expected = moments.filter((at) => at >= query().since && at < now);
          expect(seen).toEqual(
            expected
              .map((at) => at.toISOString())
              .sort()
              .reverse(),
          );
        },
      ),
    );
  });

  it('includes an event at `since` but no earlier one', async () => {
    const { since } = query();
    const { read } = table([eventAt(since), eventAt(new Date(since.getTime() - 1))]);
    const { events, next } = await readEventPage(query(), read);
    expect(events.map(({ at }) => at)).toEqual([since]);
    expect(next).toBeNull();
  });

  it('ends before a window that cannot be read in time, and the next page starts there', async () => {
    const { read } = table([eventAt(addSeconds(now, -60)), eventAt(addSeconds(now, -86_400))]);
    let reads = 0;
    const failing: typeof read = (asked, window) =>
      ++reads === 2 ? Promise.resolve(null) : read(asked, window);
    const { events, next } = await readEventPage(query(), failing);
    expect(events).toHaveLength(1);
    expect((await readEventPage(query({ before: next! }), read)).events).toHaveLength(1);
  });

  it('fails if the first window cannot be read', async () => {
    await expect(readEventPage(query(), () => Promise.resolve(null))).rejects.toMatchObject({
      code: 'audit_unavailable',
    });
  });
});

describe('the filters of a window', () => {
  const window = { from: new Date('2026-11-20T05:30:00Z'), before: timeKey(now) };

  it('cover the days of events and the hours of denials', () => {
    const filters = eventFilters(query(), window);
    expect(filters).toHaveLength(9);
    expect(filters[0]).toBe(
      "PartitionKey ge 'e-20261120' and PartitionKey le 'e-20261122' and RowKey ge '20261120T053000000Z' and RowKey lt '20261122T120000000Z'",
    );
    expect(filters[4]).toContain("PartitionKey ge 'd-3-2026112005' and PartitionKey le 'd-3-2026112212'");
  });

  it('omit rows that the type excludes, and match an account in both kinds of rows', () => {
    expect(eventFilters(query({ type: 'revocation' }), window)).toHaveLength(1);
    expect(eventFilters(query({ type: 'revocation', account: 'media' }), window)[0]).toContain(
      "and type eq 'revocation' and account eq 'media'",
    );
    const all = eventFilters(query({ type: '*' }), window);
    expect(all).toEqual(eventFilters(query(), window));
    for (const [type, range, count] of [
      ['rotation-*', "type ge 'rotation-' and type lt 'rotation.'", 1],
      ['revoc*', "type ge 'revoc' and type lt 'revod'", 1],
      ['z*', "type ge 'z' and type lt '{'", 1],
      ['d*', "type ge 'd' and type lt 'e'", 9],
      ['denial*', "type ge 'denial' and type lt 'deniam'", 9],
    ] as const) {
      const filters = eventFilters(query({ type }), window);
      expect(filters, type).toHaveLength(count);
      expect(filters[0]).toContain(` and ${range}`);
    }
    const denials = eventFilters(query({ type: 'denial', account: 'media' }), window);
    expect(denials).toHaveLength(8);
    expect(denials[0]).toContain("and resource ge 'media/' and resource lt 'media0'");
  });
});

describe('reading a row', () => {
  const denial = {
    at: now,
    caller,
    requestId: 'r',
    code: 'forbidden',
    kind: 'auto',
    purpose: null,
    resource: 'media/blob/photos/a.jpg',
    permissions: 'rd',
    reason: 'permissions: d is beyond it',
  };

  it('returns an administrative event with its id', () => {
    expect(readEvent(eventAt(now))).toMatchObject({
      at: now,
      type: 'revocation',
      account: 'media',
      actor: 'local/ann',
      detail: '0',
      id: expect.stringMatching(/^e-20261122-20261122T120000000Z-/) as string,
    });
  });

  it('returns who acted by name, and the rotation’s phase and active key, each null if there is none', () => {
    const event = { at: now, type: 'rotation-draining', account: 'media', actor: 'local/ann', detail: 'd' };
    const told = { actorName: 'Ann', phase: 'draining', activeKey: 'key2' as const };
    expect(readEvent(eventRow({ ...event, ...told }, origin))).toMatchObject({ ...event, ...told });
    const untold = { actorName: null, phase: null, activeKey: null };
    expect(readEvent(eventRow(event, origin))).toMatchObject({ ...event, ...untold });
    expect(readEvent({ ...eventRow(event, origin), activeKey: 'key9' }).activeKey).toBeNull();
  });

  it('returns a denial as an event that says who asked for what and why it was denied', () => {
    expect(readEvent(denialRow(denial, origin))).toMatchObject({
      type: 'denial',
      account: 'media',
      actor: 'local/ann',
      actorName: 'Ann',
      phase: null,
      activeKey: null,
      detail: 'permissions: d is beyond it (rd permissions on media/blob/photos/a.jpg)',
    });
    const role = { ...denial, resource: null, permissions: null, reason: 'revoke needs the role operator' };
    expect(readEvent(denialRow(role, origin))).toMatchObject({
      account: null,
      detail: 'revoke needs the role operator',
    });
  });

  it('returns counted denials as one event', () => {
    const row = countedDenialsRow({ at: now, caller, count: 40 }, origin);
    expect(readEvent(row).detail).toBe('40 further denials in the minute that starts at this time');
  });
});

describe('the time in a row key', () => {
  it('is parsed back, and similar texts are not', () => {
    expect(timeOfKey(timeKey(now))).toEqual(now);
    expect(timeOfKey(`${timeKey(now)}-abcdefgh`)).toEqual(now);
    for (const text of [
      '',
      '20260230T120000000Z',
      `${timeKey(now)}-ABCDEFGH`,
      `${timeKey(now)}' or '1' eq '1`,
    ])
      expect(timeOfKey(text)).toBeNull();
  });
});
