import { describe, expect, it } from 'vitest';
import type { BrokerApi } from '../../../clients/cli/broker-api.ts';
import { addressFault } from '../../../clients/cli/smoke/caller-address.ts';
import { Skipped } from '../../../clients/cli/smoke/skipped.ts';
import { checkTimer } from '../../../clients/cli/smoke/smoke-checks.ts';
import { readSmokeOptions, type SmokeOptions } from '../../../clients/cli/smoke/smoke-options.ts';

const RESOURCE = 'https://media.blob.core.windows.net/photos/a.jpg';
const BROKER = 'https://broker.example/api';

describe('the command line', () => {
  it('names a broker and a resource, or the laptop stack', () => {
    expect(readSmokeOptions([BROKER, '--resource', RESOURCE, '--new-tick'])).toMatchObject({
      ...{
        broker: BROKER,
        resource: RESOURCE,
        permissions: 'r',
        laptop: false,
        newTick: true,
        waitSeconds: 330,
      },
    });
    expect(readSmokeOptions(['--laptop', '--wait', '10'])).toMatchObject({ laptop: true, waitSeconds: 10 });
    expect(readSmokeOptions(['--help'])).toBeNull();
  });

  it.each([
    [[], 'Name the broker and --resource'],
    [[BROKER], 'Name the broker and --resource'],
    [['--laptop', BROKER], 'name neither'],
    [[BROKER, BROKER, '--resource', RESOURCE], 'Name one broker'],
    [[BROKER, '--resource', 'photos/a.jpg'], '--resource must be'],
    [[BROKER, '--resource', `${RESOURCE}?sv=1`], '--resource must be'],
    [[BROKER, '--resource', 'https://media.blob.core.windows.net/'], '--resource must be'],
    [[BROKER, '--resource', RESOURCE, '-p', 'rw'], '--permissions must be one of r, l, c, w.'],
    [[BROKER, '--resource', RESOURCE, '--wait', 'long'], '--wait must be'],
    [[BROKER, '--resource', RESOURCE, '--bearer', 'x'], "Unknown option '--bearer'"],
  ])('%j: %s', (words, message) => {
    expect(() => readSmokeOptions(words)).toThrow(message);
  });
});

describe('the address in an audit row', () => {
  const me = '203.0.113.7';
  it.each([
    [{ row: me, me, expected: undefined, brokerHost: 'broker.example' }, null],
    [{ row: me, me, expected: me, brokerHost: 'broker.example' }, null],
    [{ row: '127.0.0.1', me: '127.0.0.1', expected: undefined, brokerHost: '127.0.0.1' }, null],
    [{ row: null, me: null, expected: undefined, brokerHost: 'broker.example' }, 'has no address'],
    [{ row: 'unknown', me: 'unknown', expected: undefined, brokerHost: 'broker.example' }, 'has no address'],
    [
      { row: me, me: '203.0.113.8', expected: undefined, brokerHost: 'broker.example' },
      'but /me says 203.0.113.8',
    ],
    [
      { row: '10.0.0.4', me: '10.0.0.4', expected: me, brokerHost: 'broker.example' },
      'is 10.0.0.4, not 203.0.113.7',
    ],
    [{ row: me, me, expected: undefined, brokerHost: 'localhost' }, 'the broker is on this machine'],
  ])('%j: %s', (addresses, fault) => {
    if (fault === null) expect(addressFault(addresses)).toBeNull();
    else expect(addressFault(addresses)).toContain(fault);
  });
});

describe('the timer', () => {
  const timer = { name: 'timer rotateKeys', status: 'ok', detail: null };
  const tick = (lastTickAt: string | null, check: object = timer) => ({ checks: [check], lastTickAt });
  /** Each reply is given once, the last one for ever; a wait of two seconds follows each. */
  const watch = (replies: object[], options: { newTick?: boolean; waitSeconds?: number } = {}) => {
    let [now, at] = [0, 0];
    const api = { get: () => Promise.resolve(replies[Math.min(at++, replies.length - 1)]) };
    const sleep = (milliseconds: number) => {
      now += milliseconds;
      return Promise.resolve();
    };
    const all = { newTick: false, waitSeconds: 10, ...options } as SmokeOptions;
    return checkTimer(api as unknown as BrokerApi, all, { sleep }, () => now);
  };

  it('has ticked, or ticks in time', async () => {
    expect(await watch([tick('A')])).toBe('A');
    expect(await watch([tick(null), tick(null), tick('A')])).toBe('A');
  });

  it('ticks again if a new tick is asked for', async () => {
    expect(await watch([tick('A'), tick('A'), tick('B')], { newTick: true })).toBe('B');
    expect(await watch([tick(null), tick('A')], { newTick: true })).toBe('A');
    await expect(watch([tick('A')], { newTick: true })).rejects.toThrow('has not ticked within 10 s');
  });

  it('has not ticked, or is known to stand still', async () => {
    await expect(watch([tick(null)], { waitSeconds: 0 })).rejects.toThrow('has not ticked within 0 s');
    const failing = { ...timer, status: 'failing', detail: 'no tick yet' };
    await expect(watch([tick('A', failing)])).rejects.toThrow('The timer does not tick: no tick yet.');
  });

  it('is not seen without the role operator', async () => {
    await expect(watch([{ status: 'ready' }])).rejects.toThrow(Skipped);
  });
});
