import { beforeEach, describe, expect, test } from 'vitest';
import type { TickLogs } from '../../shared/rotation/tick-log.ts';

export function tickLogsContract(name: string, open: () => Promise<TickLogs>): void {
  describe(`the record of the last tick (${name})`, () => {
    let ticks: TickLogs;
    const first = { lastTickAt: new Date('2026-11-22T12:00:00.123Z'), gapSeconds: 0, nextAccount: null };
    const second = {
      lastTickAt: new Date('2026-11-22T12:05:00.456Z'),
      gapSeconds: 301,
      nextAccount: 'media',
    };

    beforeEach(async () => {
      ticks = await open();
    });

    test('is absent at first', async () => {
      expect(await ticks.load()).toBeNull();
    });

    test('is loaded as it was saved, to the millisecond', async () => {
      await ticks.save(first);
      expect(await ticks.load()).toEqual(first);
    });

    test('is one record, which the last save replaces, even with an earlier tick', async () => {
      await ticks.save(second);
      await ticks.save(first);
      expect(await ticks.load()).toEqual(first);
      await ticks.save(second);
      expect(await ticks.load()).toEqual(second);
    });
  });
}
