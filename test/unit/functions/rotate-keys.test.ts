import { readFileSync } from 'node:fs';
import type { InvocationContext, Timer } from '@azure/functions';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { rotateKeysTimer } from '../../../functions/rotate-keys.ts';
import type { Composition } from '../../../shared/compose/compose.ts';
import { ROTATION_SECONDS, TICK_SECONDS } from '../../../shared/rotation/tick-budget.ts';
import { account } from '../../fakes/configuration.ts';
import { MemoryTickLogs } from '../../fakes/memory-tick-logs.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('a tick does not wait for a long sweep of policies, and the next tick starts no second sweep', async () => {
  const ends: (() => void)[] = [];
  const withManaged = vi.fn(() => new Promise<never[]>((resolve) => ends.push(() => resolve([]))));
  const clock = () => new Date();
  const broker = {
    config: { accounts: new Map() },
    issuing: { policies: { clock, ledgers: { withManaged } } },
    revocation: {},
    rotation: { clock, journals: { withOrders: async () => [] }, ticks: new MemoryTickLogs() },
    settings: { requestTimeoutSeconds: 10 },
  };
  const logged: string[] = [];
  const context = { warn: (line: string) => logged.push(line) } as unknown as InvocationContext;
  const handler = rotateKeysTimer({ ok: true, value: broker } as unknown as Composition);
  const tick = async () => {
    const ticking = handler({} as Timer, context);
    await vi.advanceTimersByTimeAsync(100_000);
    await ticking;
  };
  await tick();
  await tick();
  expect(withManaged).toHaveBeenCalledTimes(1);
  expect(logged).toEqual([expect.stringContaining('continues'), expect.stringContaining('continues')]);
  ends.forEach((end) => end());
  await vi.advanceTimersByTimeAsync(0);
  const again = handler({} as Timer, context);
  await vi.advanceTimersByTimeAsync(0);
  ends.at(-1)?.();
  await again;
  expect(withManaged).toHaveBeenCalledTimes(2);
});

it('a tick ends before the platform ends it, and sweeps, even if storage never answers', async () => {
  const never = new Promise<never>(() => undefined);
  const withManaged = vi.fn(() => Promise.resolve([]));
  const clock = () => new Date();
  const journals = { load: () => never, withOrders: () => never };
  const rotated = account({
    rotation: { every: 86_400, takeOver: true, overlap: 60, settle: 120, clockSkew: 30 },
  });
  const broker = {
    config: { accounts: new Map([['media', rotated]]) },
    issuing: { policies: { clock, ledgers: { withManaged } } },
    rotation: { clock, journals, ticks: new MemoryTickLogs() },
    settings: { requestTimeoutSeconds: 10 },
  };
  const logged: string[] = [];
  const context = { warn: (line: string) => logged.push(line) } as unknown as InvocationContext;
  const began = Date.now();
  const tick = rotateKeysTimer({ ok: true, value: broker } as unknown as Composition)({} as Timer, context);
  const took = tick.then(() => Date.now() - began);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(await took).toBeLessThanOrEqual(TICK_SECONDS * 1000);
  expect(withManaged).toHaveBeenCalledTimes(1);
  expect(logged).toEqual([expect.stringContaining('continues in the background')]);
});

it('the budget of a tick leaves half a minute of the functionTimeout in host.json', () => {
  const { functionTimeout } = JSON.parse(readFileSync('host.json', 'utf8')) as { functionTimeout: string };
  const [hours = 0, minutes = 0, seconds = 0] = functionTimeout.split(':').map(Number);
  expect(TICK_SECONDS).toBeLessThanOrEqual(hours * 3600 + minutes * 60 + seconds - 30);
  expect(ROTATION_SECONDS).toBeLessThan(TICK_SECONDS);
});
