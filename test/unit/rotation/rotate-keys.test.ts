import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pause } from '../../../shared/azure-calls/timeout.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { hashKey } from '../../../shared/keys/key-hash.ts';
import type { StorageAccount } from '../../../shared/config/broker-config.ts';
import { rotateKeys } from '../../../shared/rotation/rotate-keys.ts';
import type { RotationPorts } from '../../../shared/rotation/rotation-ports.ts';
import { ROTATION_SECONDS } from '../../../shared/rotation/tick-budget.ts';
import { account } from '../../fakes/configuration.ts';
import { MemoryTickLogs } from '../../fakes/memory-tick-logs.ts';
import { hash, journalWith, NOW, SETTINGS, TIMES } from './machine-samples.ts';

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

/** Accounts with more live tokens than can be counted in time; reports what each tick did and logged. */
function endlessCounts(accounts: number, demotedSecondsAgo = 80_000) {
  const names = Array.from({ length: accounts }, (_, index) => `account${index}`);
  const { every, overlap, settle, clockSkew } = SETTINGS;
  const rotation = { every, overlap, settle, clockSkew, takeOver: true };
  const all = names.map((name) => account({ name, rotation }));
  const key = new SecretText('k');
  const draining = journalWith({
    phase: 'draining',
    active: 'key2',
    demotedAt: addSeconds(NOW, -demotedSecondsAgo),
  });
  const reached: string[] = [];
  const counted: string[] = [];
  const logged: unknown[] = [];
  const ports = {
    journals: {
      load: (name: string) => {
        reached.push(name);
        const hashes = { key1: hash('1'), key2: hashKey(key) };
        return Promise.resolve({ journal: { ...draining, account: name, hashes }, etag: '1' });
      },
      save: (journal: unknown) => Promise.resolve({ journal, etag: '2' }),
      withOrders: () => Promise.resolve([] as string[]),
    },
    managedKeys: { times: () => Promise.resolve({ times: TIMES, clockAhead: 0 }) },
    secrets: {
      latest: () =>
        Promise.resolve({ version: 'v', key, enabled: true, name: 'key2', managedBy: 'sas-token-broker' }),
    },
    tokenCounter: {
      countSignedWith: async (name: string, _key: string, { deadline }: { deadline: Date }) => {
        counted.push(name);
        await pause(deadline.getTime() - Date.now());
        return { count: 1, latestExpiry: null, rest: 'further on' };
      },
    },
    ticks: new MemoryTickLogs(),
    clock: () => new Date(),
    instance: 'this',
    log: (event: string, fields: object) => void logged.push([event, fields]),
  };
  return { all, reached, counted, logged, ports: ports as unknown as RotationPorts };
}

/** 100 accounts, each of whose calls takes that long; reports who was served in a tick. */
function slowAccounts(callSeconds: number) {
  const { all, reached, ports } = endlessCounts(100);
  const log = new MemoryTickLogs();
  const served: string[] = [];
  const slow = async <T>(value: T): Promise<T> => {
    await pause(callSeconds * 1000);
    return value;
  };
  const { journals, secrets } = ports;
  const slowPorts: RotationPorts = {
    ...ports,
    ticks: {
      load: async () => slow(log.log),
      save: async (tick) => {
        await log.save(tick);
        await slow(tick);
      },
    },
    journals: {
      load: async (name) => slow(await journals.load(name)),
      save: async (journal, etag) => slow(await journals.save(journal, etag)),
      withOrders: async () => slow(await journals.withOrders()),
    },
    managedKeys: { ...ports.managedKeys, times: () => slow({ times: TIMES, clockAhead: 0 }) },
    // The last port that is asked before the count.
    secrets: {
      ...secrets,
      latest: async (of) => {
        served.push(of.name);
        return slow(await secrets.latest(of));
      },
    },
  };
  return { all, reached, served, ports: slowPorts, log };
}

/** Runs one tick to its end; returns how many seconds it took. */
async function runTick(ports: RotationPorts, accounts: StorageAccount[]): Promise<number> {
  const began = Date.now();
  const tick = rotateKeys(ports, accounts, SETTINGS.requestTimeoutSeconds).then(() => Date.now() - began);
  await vi.advanceTimersByTimeAsync(3_600_000);
  return (await tick) / 1000;
}

it('every account has its turn before the platform ends the tick, however long the counts take', async () => {
  const { all, reached, ports } = endlessCounts(40);
  expect(await runTick(ports, all)).toBeLessThan(ROTATION_SECONDS);
  expect(reached).toHaveLength(all.length);
});

it('each tick logs an account whose rotation is overdue, and no other', async () => {
  const inTime = endlessCounts(1);
  await runTick(inTime.ports, inTime.all);
  expect(inTime.logged).toEqual([]);
  const late = endlessCounts(2, 80_000_000);
  await runTick(late.ports, late.all);
  expect(late.logged).toEqual(
    late.all.map(({ name }) => ['rotation overdue', { account: name, phase: 'draining' }]),
  );
});

it('each account counts in one of the ticks', async () => {
  const { all, counted, ports } = endlessCounts(7);
  for (let tick = 0; tick < 2; tick += 1) await runTick(ports, all);
  expect(new Set(counted)).toEqual(new Set(all.map(({ name }) => name)));
});

it.each([8, 20])(
  'of 100 accounts whose calls take %i s each, all are served in turn, and no tick passes its budget',
  async (callSeconds) => {
    const { all, served, ports } = slowAccounts(callSeconds);
    const ticks: string[][] = [];
    // At least four accounts are served in each tick.
    while (ticks.length < 25 && new Set(ticks.flat()).size < all.length) {
      served.length = 0;
      expect(await runTick(ports, all)).toBeLessThan(ROTATION_SECONDS);
      ticks.push([...served]);
    }
    expect(new Set(ticks.flat()).size).toBe(all.length);
    for (const [tick, names] of ticks.entries()) {
      expect(names.length).toBeGreaterThanOrEqual(4);
      // Nobody has a second turn before everybody had one.
      const before = new Set(ticks.slice(0, tick).flat());
      if (tick < ticks.length - 1) expect(names.filter((name) => before.has(name))).toHaveLength(0);
    }
  },
);

it('the accounts that a tick did not reach come first in the next one, on any instance', async () => {
  const { all, served, ports, log } = slowAccounts(8);
  await runTick(ports, all);
  const next = all.findIndex(({ name }) => !served.includes(name));
  expect(log.log?.nextAccount).toBe(all[next]?.name);
  served.length = 0;
  await runTick({ ...ports, instance: 'another' }, all);
  expect(served.slice(0, 4)).toEqual(all.slice(next, next + 4).map(({ name }) => name));
});

it('a tick whose process died does not begin the next one with the same accounts', async () => {
  const { all, ports, log } = slowAccounts(1);
  const never = new Promise<never>(() => undefined);
  const dying = { ...ports, journals: { ...ports.journals, load: () => never } };
  void rotateKeys(dying, all, SETTINGS.requestTimeoutSeconds);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(log.log?.nextAccount).toBe('account4');
});

it('an account that is no longer configured, or not rotated, stops nobody', async () => {
  const { all, reached, ports } = endlessCounts(6);
  await ports.ticks.save({ lastTickAt: NOW, gapSeconds: 0, nextAccount: 'gone' });
  await runTick(ports, [account({ name: 'unrotated' }), ...all]);
  expect(reached).toHaveLength(all.length);
  await runTick(ports, []);
});

/** Slow accounts, some of which have an order that no tick finishes. */
function orderedAccounts(names: string[]) {
  const slow = slowAccounts(8);
  const journals = { ...slow.ports.journals, withOrders: () => Promise.resolve(names) };
  return { ...slow, ports: { ...slow.ports, journals } };
}

it('an order does not wait for its account’s turn behind 100 slow accounts', async () => {
  const { all, reached, served, ports } = orderedAccounts(['account98', 'account99']);
  await runTick(ports, all);
  expect(served.slice(0, 6)).toEqual(expect.arrayContaining(['account98', 'account99']));
  expect(new Set(reached).size).toBe(reached.length);
});

it('orders that are never finished keep no account from its turn', async () => {
  const { all, served, ports } = orderedAccounts(
    slowAccounts(8)
      .all.slice(10)
      .map(({ name }) => name),
  );
  for (let tick = 0; tick < 25; tick += 1) await runTick(ports, all);
  expect(new Set(served).size).toBe(all.length);
});

it('a tick goes on if the accounts with orders cannot be read', async () => {
  const { all, reached, ports } = endlessCounts(6);
  const failing = { ...ports.journals, withOrders: () => Promise.reject(new Error('no')) };
  await runTick({ ...ports, journals: failing }, all);
  expect(reached).toHaveLength(all.length);
});
