import type { InvocationContext, Timer } from '@azure/functions';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { rotateKeysTimer } from '../../../functions/rotate-keys.ts';
import type { Composition } from '../../../shared/compose/compose.ts';
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
    rotation: { clock, ticks: new MemoryTickLogs() },
    settings: { requestTimeoutSeconds: 10 },
  };
  const logged: string[] = [];
  const context = { info: (line: string) => logged.push(line) } as unknown as InvocationContext;
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
