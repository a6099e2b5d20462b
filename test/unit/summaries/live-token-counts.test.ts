import { describe, expect, it } from 'vitest';
import { ScanGate } from '../../../shared/audit/scan-gate.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { LiveToken, LiveTokenQuery, LiveTokenReader } from '../../../shared/revocation/live-token.ts';
import { LiveTokenCounts } from '../../../shared/summaries/live-token-counts.ts';
import { totalOf } from '../../../shared/summaries/live-token-fold.ts';
import { ofKey, otherTimes, planWorld } from '../revocation/plan-world.ts';
import { REQUEST_DEADLINE, start } from '../revocation/revocation-world.ts';

type End = { readonly scannedAll: boolean } | Error;

/** Counts live tokens by a clock that tests set, with scans that end when tests say so. */
function world(limits = { perCaller: 2, perInstance: 8 }) {
  const { ports } = planWorld();
  let now = start;
  const queries: LiveTokenQuery[] = [];
  const running: ((end: End) => void)[] = [];
  const tokens: LiveToken[] = [ofKey('key1')];
  const liveTokens: LiveTokenReader = {
    scan(query, take) {
      queries.push(query);
      take(tokens);
      return new Promise((resolve, reject) => {
        running.push((end) => (end instanceof Error ? reject(end) : resolve(end)));
      });
    },
  };
  const scans = new ScanGate(limits);
  const rotation = { ...ports.rotation, clock: () => now };
  const counts = new LiveTokenCounts({ ...ports, rotation, liveTokens, scans });
  return {
    counts,
    scans,
    queries,
    tokens,
    at: (seconds: number) => void (now = addSeconds(start, seconds)),
    ask: (by = 'local/ann') => {
      const asked = counts.count({ by, now, deadline: addSeconds(now, REQUEST_DEADLINE) });
      // Tests look at failures later.
      asked.catch(() => undefined);
      return asked;
    },
    /** Ends the scan that has run the longest, once it has begun. */
    end: async (how: End = { scannedAll: true }) => {
      await settle();
      running.shift()!(how);
      await settle();
    },
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const totalIn = ({ fold }: Awaited<ReturnType<LiveTokenCounts['count']>>): number =>
  totalOf(fold.accounts.get('media')!.byHour[1]!);

describe('a count of live tokens', () => {
  it('reads all accounts at once, from the largest clock skew ago, in 0.8 of the call’s time', async () => {
    const { ask, end, queries } = world();
    const asked = ask();
    await end();
    expect(totalIn(await asked)).toBe(1);
    expect(queries).toEqual([
      {
        account: null,
        expiresAfter: addSeconds(start, -otherTimes.clockSkew),
        issuedSince: null,
        deadline: addSeconds(start, REQUEST_DEADLINE * 0.8),
      },
    ]);
  });

  it('is one scan for all who ask while it runs', async () => {
    const { ask, end, queries } = world();
    const asked = [ask('local/ann'), ask('local/bob'), ask('local/ann'), ask('local/ann')];
    await settle();
    const late = ask('local/cy');
    await end();
    const counts = await Promise.all([...asked, late]);
    expect(new Set(counts).size).toBe(1);
    expect(queries).toHaveLength(1);
  });

  it('is remembered for 30 seconds from its end', async () => {
    const { ask, at, end, queries } = world();
    const first = ask();
    await settle();
    at(5);
    await end();
    for (const seconds of [5, 20, 34.999]) {
      at(seconds);
      expect(await ask()).toBe(await first);
    }
    expect(queries).toHaveLength(1);
    at(35);
    const second = ask();
    await end();
    expect((await second).asOf).toEqual(addSeconds(start, 35));
    expect(queries).toHaveLength(2);
  });

  it('is not used if the clock was put back to before its end', async () => {
    const { ask, at, end, queries } = world();
    const first = ask();
    await end();
    await first;
    at(-1);
    const second = ask();
    await end();
    await second;
    expect(queries).toHaveLength(2);
  });

  it('is not remembered if it was cut short, but answers those who waited for it', async () => {
    const { ask, end, queries } = world();
    const asked = [ask('local/ann'), ask('local/bob')];
    await end({ scannedAll: false });
    const counts = await Promise.all(asked);
    expect(counts.map(({ scannedAll }) => scannedAll)).toEqual([false, false]);
    const next = ask();
    await end();
    expect((await next).scannedAll).toBe(true);
    expect(queries).toHaveLength(2);
  });

  it('is not remembered if it failed, but fails those who waited for it', async () => {
    const { ask, end, queries } = world();
    const asked = [ask('local/ann'), ask('local/bob')];
    await end(new BrokerError('audit_unavailable', 'down'));
    for (const one of asked) await expect(one).rejects.toMatchObject({ code: 'audit_unavailable' });
    const next = ask();
    await end();
    expect((await next).scannedAll).toBe(true);
    expect(queries).toHaveLength(2);
  });

  it('fails if what was ended cannot be read, without a scan', async () => {
    const { ports } = planWorld();
    const scan = () => Promise.reject(new Error('scanned'));
    const deaths = { list: () => Promise.reject(new BrokerError('storage_unavailable', 'down')) };
    const rotation = { ...ports.rotation, deaths, clock: () => start } as unknown as typeof ports.rotation;
    const counts = new LiveTokenCounts({ ...ports, rotation, liveTokens: { scan } });
    const call = { by: 'local/ann', now: start, deadline: addSeconds(start, 5) };
    await expect(counts.count(call)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(await ports.scans.run('local/ann', () => Promise.resolve('free'))).toBe('free');
  });
});

describe('the place of a count among the scans', () => {
  it('is taken by who started it, and by nobody who waits for it or asks later', async () => {
    const { ask, end, scans } = world({ perCaller: 1, perInstance: 2 });
    const other = () => scans.run('local/ann', () => Promise.resolve('ran'));
    const asked = [ask('local/ann'), ask('local/bob'), ask('local/bob'), ask('local/cy')];
    await settle();
    await expect(other()).rejects.toMatchObject({ code: 'rate_limited' });
    expect(await scans.run('local/bob', () => Promise.resolve('ran'))).toBe('ran');
    await end();
    await Promise.all(asked);
    expect(await other()).toBe('ran');
    let finish: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const full = ['local/ann', 'local/bob'].map((by) => scans.run(by, () => held));
    expect(await ask('local/ann')).toBe(await asked[0]);
    finish();
    await Promise.all(full);
  });

  it('that is refused to one caller is refused to nobody else', async () => {
    const { ask, end, scans } = world({ perCaller: 1, perInstance: 2 });
    let finish: () => void = () => undefined;
    const held = scans.run('local/ann', () => new Promise<void>((resolve) => (finish = resolve)));
    const refused = ask('local/ann');
    const allowed = ask('local/bob');
    await expect(refused).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 5 });
    const waiting = ask('local/ann');
    await end();
    expect(await waiting).toBe(await allowed);
    finish();
    await held;
  });

  it('is given back when a scan fails or is cut short', async () => {
    const { ask, end, scans } = world({ perCaller: 1, perInstance: 1 });
    for (const how of [new Error('down'), { scannedAll: false }]) {
      const asked = ask();
      await end(how);
      await Promise.allSettled([asked]);
      expect(await scans.run('local/ann', () => Promise.resolve('ran'))).toBe('ran');
    }
  });
});
