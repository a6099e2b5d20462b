import { expect, it } from 'vitest';
import { listRoutes } from '../../../functions/lists.ts';
import { ScanGate } from '../../../shared/audit/scan-gate.ts';
import type { Broker } from '../../../shared/compose/compose.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { caller } from '../../fakes/configuration.ts';
import { memoryTokenPages } from '../../fakes/memory-token-pages.ts';

const now = new Date('2026-11-22T12:00:00Z');

it.each(['getTokens'])('%s is rate_limited while eight scans run, and answers afterwards', async (name) => {
  const { run } = listRoutes.find((route) => route.name === name)!;
  const scans = new ScanGate();
  const lists = {
    config: { accounts: new Map() },
    deaths: { list: () => Promise.resolve([]) },
    openPages: () => memoryTokenPages([]),
  };
  const broker = { scans, lists } as unknown as Broker;
  const call = {
    caller: caller(),
    now,
    deadline: addSeconds(now, 5),
    query: new URLSearchParams(),
    params: {},
    requestId: 'r',
    log: () => undefined,
  };
  let finish: () => void = () => undefined;
  const others = new Promise<void>((resolve) => (finish = resolve));
  const running = Array.from({ length: 8 }, (_, index) => scans.run(`local/${index}`, () => others));
  await expect(run(broker, null, call, null)).rejects.toMatchObject({ code: 'rate_limited' });
  finish();
  await Promise.all(running);
  expect((await run(broker, null, call, null)).body).toMatchObject({ items: [], nextCursor: null });
});
