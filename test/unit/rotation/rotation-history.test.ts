import { describe, expect, it } from 'vitest';
import type { EventLog, RecordedEvent } from '../../../shared/audit/event-log.ts';
import { timeOfKey } from '../../../shared/audit/event-row-keys.ts';
import { addSeconds, formatInstant } from '../../../shared/iso-time.ts';
import {
  readHistoryEvents,
  readHistoryStart,
  rotationHistory,
  rotationHistorySchema,
} from '../../../shared/rotation/rotation-history.ts';

const now = new Date('2026-11-22T12:00:00Z');
const day = (count: number) => addSeconds(now, -count * 86_400);
const text = (count: number) => formatInstant(day(count));
const event = (days: number, parts: Partial<RecordedEvent> = {}): RecordedEvent => ({
  id: `e-${days}`,
  at: day(days),
  type: `rotation-${parts.phase ?? 'steady'}`,
  account: 'media',
  actor: 'schedule',
  actorName: null,
  phase: 'steady',
  activeKey: 'key1',
  detail: `day ${days}`,
  ...parts,
});

describe('the history of a rotation', () => {
  it('has the phases one after the other, from before its start to now, and marks between them', () => {
    const events = [
      event(2, { phase: 'steady', activeKey: 'key2' }),
      event(40),
      event(9, { phase: 'preparing', actor: 'local/otto' }),
      event(8, { phase: 'preparing' }),
      event(7, { phase: 'draining', activeKey: 'key2' }),
      event(5, { type: 'drift', phase: 'draining', activeKey: 'key2' }),
      event(4, { type: 'revocation', phase: null, activeKey: null, actor: 'local/otto' }),
      event(41, { type: 'revocation', phase: null }),
    ];
    const history = rotationHistory('media', day(30), events);
    expect(history).toEqual({
      account: 'media',
      since: text(30),
      segments: [
        { phase: 'steady', from: text(30), to: text(9), activeKey: 'key1', by: 'schedule' },
        { phase: 'preparing', from: text(9), to: text(7), activeKey: 'key1', by: 'local/otto' },
        { phase: 'draining', from: text(7), to: text(2), activeKey: 'key2', by: 'schedule' },
        { phase: 'steady', from: text(2), to: null, activeKey: 'key2', by: 'schedule' },
      ],
      marks: [
        { at: text(5), type: 'drift', detail: 'day 5', by: 'schedule' },
        { at: text(4), type: 'revocation', detail: 'day 4', by: 'local/otto' },
      ],
    });
    expect(rotationHistorySchema.parse(history)).toEqual(history);
    expect(rotationHistory('media', day(30), [])).toMatchObject({ segments: [], marks: [] });
  });

  it('begins at most 90 days ago, by default 30', () => {
    const read = (query: string) => readHistoryStart(new URLSearchParams(query), now);
    expect(read('')).toEqual(day(30));
    expect(read(`since=${text(90)}`)).toEqual(day(90));
    for (const query of [`since=${text(91)}`, `since=${text(-1)}`, 'since=today', 'until=x', 'since=']) {
      expect(() => read(query), query).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    }
  });

  it('is read page by page, without denials, with the last event before it', async () => {
    const asked: string[] = [];
    const all = [
      event(3),
      event(2, { type: 'drift' }),
      event(50),
      event(60),
      event(1, { account: 'archive' }),
    ];
    const log: EventLog = {
      events({ type, account, since, before }) {
        asked.push(type ?? 'any');
        const [first, ...rest] = all
          .filter((one) => one.account === account && one.at >= since && one.at < timeOfKey(before)!)
          .filter(
            (one) => one.type === type || (type?.endsWith('*') && one.type.startsWith(type.slice(0, -1))),
          )
          .sort((a, b) => b.at.getTime() - a.at.getTime());
        const next = rest.length === 0 ? null : first!.at.toISOString().replace(/[-:.]/g, '');
        return Promise.resolve({ events: first === undefined ? [] : [first], next });
      },
    };
    const found = await readHistoryEvents(log, 'media', {
      since: day(30),
      now,
      deadline: addSeconds(now, 5),
    });
    expect(found.map(({ id }) => id).sort()).toEqual(['e-2', 'e-3', 'e-50']);
    expect(asked).not.toContain('any');
  });
});
