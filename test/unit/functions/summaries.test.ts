import { describe, expect, it } from 'vitest';
import { summaryRoutes } from '../../../functions/summaries.ts';
import { ScanGate } from '../../../shared/audit/scan-gate.ts';
import type { Broker } from '../../../shared/compose/compose.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { LiveTokenCounts } from '../../../shared/summaries/live-token-counts.ts';
import { account, caller } from '../../fakes/configuration.ts';
import { memoryDenialRows } from '../../fakes/memory-denial-rows.ts';
import { planWorld } from '../revocation/plan-world.ts';

const now = new Date('2026-11-22T12:00:00Z');

/** Runs the handlers with scans that are counted. */
function world() {
  const { ports } = planWorld();
  let scanned = 0;
  const scans = new ScanGate();
  const liveTokens = { scan: () => ((scanned += 1), Promise.resolve({ scannedAll: true })) };
  const rotation = { ...ports.rotation, clock: () => now };
  const broker = {
    config: { accounts: new Map([['media', account()]]) },
    scans,
    summaries: {
      liveTokens: new LiveTokenCounts({ ...ports, rotation, liveTokens, scans }),
      denials: memoryDenialRows([]),
    },
  } as unknown as Broker;
  const run = (name: string, query = '') =>
    summaryRoutes
      .find((route) => route.name === name)!
      .run(
        broker,
        null,
        {
          caller: caller(),
          now,
          deadline: addSeconds(now, 5),
          query: new URLSearchParams(query),
          params: {},
          requestId: 'r',
          log: () => undefined,
        },
        null,
      );
  return { scans, run, scanned: () => scanned };
}

/** Fills the gate until the function that it returns is called. */
function fill(scans: ScanGate): () => Promise<unknown> {
  let finish: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (finish = resolve));
  const running = Array.from({ length: 8 }, (_, index) => scans.run(`local/${index}`, () => held));
  return () => {
    finish();
    return Promise.all(running);
  };
}

const NAMES = ['getLiveTokenSummary', 'getDenialSummary'];

describe('a summary', () => {
  it.each(NAMES)('%s is rate_limited while eight scans run, and answers afterwards', async (name) => {
    const { run, scans } = world();
    const end = fill(scans);
    await expect(run(name)).rejects.toMatchObject({ code: 'rate_limited' });
    await end();
    expect((await run(name)).body).toMatchObject({ total: 0, scannedAll: true });
  });

  it('of live tokens that is remembered needs no place among the scans', async () => {
    const { run, scans, scanned } = world();
    const first = await run('getLiveTokenSummary');
    const end = fill(scans);
    expect(await run('getLiveTokenSummary')).toEqual(first);
    expect((await run('getLiveTokenSummary', 'account=media&hours=1')).status).toBe(200);
    await end();
    expect(scanned()).toBe(1);
  });

  it.each([
    ['account=unknown', 'not_found'],
    ['hours=169', 'invalid_request'],
  ])('of live tokens with %s is refused before anything is read', async (query, code) => {
    const { run, scanned } = world();
    await expect(run('getLiveTokenSummary', query)).rejects.toMatchObject({ code });
    expect(scanned()).toBe(0);
  });

  it('is for the roles that may read it', () => {
    expect(summaryRoutes.map(({ name, access }) => [name, access])).toEqual([
      ['getLiveTokenSummary', ['auditor', 'operator']],
      ['getDenialSummary', ['auditor']],
    ]);
  });
});
