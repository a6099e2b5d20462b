import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { RememberedRevocations } from '../../../shared/revocation/remembered-revocations.ts';
import { account } from '../../fakes/configuration.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { start, times } from './revocation-world.ts';

const media = account({ rotation: times, keyCache: 60, keyStaleMax: 600 });

function journals() {
  const table = {
    loads: 0,
    failing: false,
    revokedAt: null as Date | null,
    deadSecret: null as string | null,
    load: async () => {
      table.loads += 1;
      await Promise.resolve();
      if (table.failing)
        throw new BrokerError('storage_unavailable', 'The rotation journal is currently unavailable.');
      return {
        journal: someJournal({ delegationRevokedAt: table.revokedAt, deadSecret: table.deadSecret }),
        etag: '1',
      };
    },
  };
  const remembered = new RememberedRevocations(table);
  return {
    table,
    at: (seconds: number) => remembered.revokedAt(media, addSeconds(start, seconds)),
    deadAt: (seconds: number) => remembered.deadVersion(media, addSeconds(start, seconds)),
  };
}

describe('the instant of the last revocation of delegation keys', () => {
  it('is read once for many callers, and again after keyCache', async () => {
    const { table, at } = journals();
    expect(await Promise.all([at(0), at(0), at(1), at(59)])).toEqual([null, null, null, null]);
    expect(table.loads).toBe(1);
    table.revokedAt = start;
    expect(await at(59)).toBeNull();
    expect(await at(60)).toEqual(start);
    expect(table.loads).toBe(2);
  });

  it('is still served while the table fails, until keyStaleMax has passed', async () => {
    const { table, at } = journals();
    table.revokedAt = start;
    await at(0);
    table.failing = true;
    expect(await at(100)).toEqual(start);
    expect(await at(100.5)).toEqual(start);
    expect(table.loads).toBe(2);
    expect(await at(659)).toEqual(start);
    await expect(at(660)).rejects.toMatchObject({ code: 'storage_unavailable' });
    await expect(at(660.5)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(table.loads).toBe(4);
    table.failing = false;
    expect(await at(662)).toEqual(start);
  });

  it('is unavailable if the table fails at the first read', async () => {
    const { table, at } = journals();
    table.failing = true;
    await expect(at(0)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  it('is read again if the clock was set back', async () => {
    const { table, at } = journals();
    await at(3600);
    table.revokedAt = start;
    expect(await at(0)).toEqual(start);
  });

  it('is not read again within keyCache, nor if clocks differ by up to 15 seconds', async () => {
    const { table, at } = journals();
    for (const seconds of [0, 10, 14, -15]) await at(seconds);
    expect(table.loads).toBe(1);
    await at(-16);
    expect(table.loads).toBe(2);
  });

  it('is null for an account without rotation, which has no journal', async () => {
    const { table } = journals();
    const remembered = new RememberedRevocations(table);
    expect(await remembered.revokedAt(account(), start)).toBeNull();
    expect(table.loads).toBe(0);
  });
});

describe('the dead version of a secret', () => {
  it('comes from the same read as the revocation of delegation keys', async () => {
    const { table, at, deadAt } = journals();
    table.deadSecret = 'v7';
    expect(await Promise.all([at(0), deadAt(0)])).toEqual([null, 'v7']);
    expect(await deadAt(59)).toBe('v7');
    expect(table.loads).toBe(1);
    table.deadSecret = null;
    expect(await deadAt(60)).toBeNull();
  });

  it('is unknown, not an error, if the table fails', async () => {
    const { table, deadAt } = journals();
    table.failing = true;
    table.deadSecret = 'v7';
    expect(await deadAt(0)).toBeNull();
    expect(await deadAt(0.5)).toBeNull();
    table.failing = false;
    expect(await deadAt(2)).toBe('v7');
  });

  it('is unknown for an account without rotation', async () => {
    const { table } = journals();
    expect(await new RememberedRevocations(table).deadVersion(account(), start)).toBeNull();
    expect(table.loads).toBe(0);
  });
});
