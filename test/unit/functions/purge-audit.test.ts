import { readFileSync } from 'node:fs';
import type { InvocationContext, Timer } from '@azure/functions';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PURGE_TICK_SECONDS, purgeAuditTimer } from '../../../functions/purge-audit.ts';
import type { Composition } from '../../../shared/compose/compose.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function timerOf(purge: unknown) {
  const logged: string[] = [];
  const context = { warn: (line: string) => logged.push(line) } as unknown as InvocationContext;
  const handler = purgeAuditTimer({ ok: true, value: { purge } } as unknown as Composition);
  return { logged, tick: () => handler({} as Timer, context) };
}

it('without AUDIT_RETENTION, and with a faulty configuration, a tick does nothing', async () => {
  const { logged, tick } = timerOf(null);
  await tick();
  await purgeAuditTimer({ ok: false, fault: [] })({} as Timer, {} as unknown as InvocationContext);
  expect(logged).toEqual([]);
});

it('a tick ends before the platform ends it, and the next one starts no second purge', async () => {
  const tableTime = vi.fn(() => new Promise<never>(() => undefined));
  const ports = { partitions: { tableTime }, clock: () => new Date() };
  const { logged, tick } = timerOf({ ports, times: { keptSeconds: 86_400, callTimeoutSeconds: 5 } });
  for (let ticks = 0; ticks < 2; ticks += 1) {
    const began = Date.now();
    const took = tick().then(() => Date.now() - began);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(await took).toBeLessThanOrEqual(PURGE_TICK_SECONDS * 1000);
  }
  expect(tableTime).toHaveBeenCalledTimes(1);
  expect(logged).toEqual([expect.stringContaining('continues'), expect.stringContaining('continues')]);
});

it('the time of a tick leaves half a minute of the functionTimeout in host.json', () => {
  const { functionTimeout } = JSON.parse(readFileSync('host.json', 'utf8')) as { functionTimeout: string };
  const [hours = 0, minutes = 0, seconds = 0] = functionTimeout.split(':').map(Number);
  expect(PURGE_TICK_SECONDS).toBeLessThanOrEqual(hours * 3600 + minutes * 60 + seconds - 30);
});
