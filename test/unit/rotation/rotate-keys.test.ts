import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { pause } from '../../../shared/azure-calls/timeout.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { hashKey } from '../../../shared/keys/key-hash.ts';
import { rotateKeys } from '../../../shared/rotation/rotate-keys.ts';
import type { RotationPorts } from '../../../shared/rotation/rotation-ports.ts';
import { account } from '../../fakes/configuration.ts';
import { MemoryTickLogs } from '../../fakes/memory-tick-logs.ts';
import { hash, journalWith, NOW, SETTINGS, TIMES } from './machine-samples.ts';

const FUNCTION_TIMEOUT = 300;

beforeEach(() => vi.useFakeTimers({ now: NOW }));
afterEach(() => vi.useRealTimers());

/** Accounts with more live tokens than can be counted in time; reports what each tick did. */
function endlessCounts(accounts: number) {
  const names = Array.from({ length: accounts }, (_, index) => `account${index}`);
  const { every, overlap, settle, clockSkew } = SETTINGS;
  const rotation = { every, overlap, settle, clockSkew, takeOver: true };
  const all = names.map((name) => account({ name, rotation }));
  const key = new SecretText('k');
  const draining = journalWith({ phase: 'draining', active: 'key2', demotedAt: addSeconds(NOW, -80_000) });
  const reached: string[] = [];
  const counted: string[] = [];
  const ports = {
    journals: {
      load: (name: string) => {
        reached.push(name);
        const hashes = { key1: hash('1'), key2: hashKey(key) };
        return Promise.resolve({ journal: { ...draining, account: name, hashes }, etag: '1' });
      },
      save: (journal: unknown) => Promise.resolve({ journal, etag: '2' }),
    },
    managedKeys: { times: () => Promise.resolve(TIMES) },
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
    log: () => undefined,
  };
  return { all, reached, counted, ports: ports as unknown as RotationPorts };
}

it('every account has its turn before the platform ends the tick, however long the counts take', async () => {
  const { all, reached, ports } = endlessCounts(40);
  const began = Date.now();
  const tick = rotateKeys(ports, all, SETTINGS.requestTimeoutSeconds, 0).then(() => Date.now() - began);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(await tick).toBeLessThan((FUNCTION_TIMEOUT / 2) * 1000);
  expect(reached).toHaveLength(all.length);
});

it('each account is first in one of the ticks', async () => {
  const { all, counted, ports } = endlessCounts(7);
  for (const [turn, { name }] of [...all, ...all].entries()) {
    counted.length = 0;
    const tick = rotateKeys(ports, all, SETTINGS.requestTimeoutSeconds, turn);
    await vi.advanceTimersByTimeAsync(3_600_000);
    await tick;
    expect(counted[0]).toBe(name);
  }
});
