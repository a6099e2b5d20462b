import { BlobServiceClient, type ServiceGetUserDelegationKeyResponse } from '@azure/storage-blob';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { addSeconds, formatInstant } from '../../../shared/iso-time.ts';
import { StorageDelegationKeys } from '../../../shared/keys/storage-delegation-keys.ts';
import type { DelegationKey } from '../../../shared/keys/signing-keys.ts';
import { account } from '../../fakes/configuration.ts';
import { start, times } from './revocation-world.ts';

const media = account({ rotation: times });
/** Storage that returns each key as requested once `gate` opens; each key contains its number. */
function storage() {
  const asked: string[] = [];
  const state = { revokedAt: null as Date | null, gate: Promise.resolve() };
  const answer = async (from: Date, to: Date): Promise<ServiceGetUserDelegationKeyResponse> => {
    asked.push(formatInstant(from));
    const value = String(asked.length);
    await state.gate;
    return {
      signedObjectId: 'o',
      signedTenantId: 't',
      signedStartsOn: from,
      signedExpiresOn: to,
      signedService: 'b',
      signedVersion: '2025-11-05',
      value,
    } as ServiceGetUserDelegationKeyResponse;
  };
  vi.spyOn(BlobServiceClient.prototype, 'getUserDelegationKey').mockImplementation(answer as never);
  const keys = new StorageDelegationKeys({
    credential: { getToken: async () => ({ token: 'x', expiresOnTimestamp: Date.now() + 3_600_000 }) },
    revocations: { revokedAt: async () => state.revokedAt },
  });
  const keyAt = (seconds: number) => {
    const now = addSeconds(start, seconds);
    return keys.keyFor(media, 'blob', addSeconds(now, 900), now, null);
  };
  const at = async (seconds: number): Promise<string> => {
    return (await keyAt(seconds)).value.reveal();
  };
  return { asked, state, at, keyAt, keys };
}

describe('a user delegation key', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is shared and starts 15 minutes in the past while nothing is revoked', async () => {
    const { asked, at } = storage();
    expect([await at(0), await at(600)]).toEqual(['1', '1']);
    expect(asked).toEqual(['2026-11-22T11:45:00Z']);
  });

  it('signs nothing after it is revoked, and the next key does not start before the revocation', async () => {
    const { asked, state, at } = storage();
    await at(0);
    state.revokedAt = addSeconds(start, 100);
    expect(await at(101)).toBe('2');
    expect(asked[1]).toBe('2026-11-22T12:01:40Z');
    expect(await at(102)).toBe('2');
  });

  it('is used until a revocation that is in the future, and dropped then', async () => {
    const { state, at } = storage();
    state.revokedAt = addSeconds(start, 100);
    expect([await at(0), await at(99), await at(100)]).toEqual(['1', '1', '2']);
  });

  it('is dropped again after clockSkew, when every clock agrees that the next key is newer', async () => {
    const { asked, state, at } = storage();
    state.revokedAt = addSeconds(start, 100);
    const skew = times.clockSkew;
    expect([await at(101), await at(99 + skew), await at(100 + skew), await at(5000)]).toEqual([
      ...['1', '1', '2', '2'],
    ]);
    expect(asked[1]).toBe('2026-11-22T12:02:10Z');
  });

  it('that was requested before the revocation and arrives after it is not used', async () => {
    const { state, at } = storage();
    let open = (): void => undefined;
    state.gate = new Promise((resolve) => (open = resolve));
    const early = at(0);
    state.revokedAt = addSeconds(start, 100);
    const late = at(100);
    open();
    expect(await late).toBe('2');
    await early;
    expect(await at(101)).toBe('2');
  });

  it('delivers no token once it is revoked, whatever replaced it, and again after clockSkew', async () => {
    const { state, keyAt, keys } = storage();
    const alive = (key: DelegationKey, seconds: number) =>
      keys.isAlive(media, key, addSeconds(start, seconds));
    const first = await keyAt(0);
    state.revokedAt = addSeconds(start, 100);
    expect([await alive(first, 99), await alive(first, 100)]).toEqual([true, false]);
    const second = await keyAt(101);
    expect(second).not.toBe(first);
    expect([await alive(first, 102), await alive(second, 102)]).toEqual([false, true]);
    expect(await alive(second, 100 + times.clockSkew)).toBe(false);
  });

  it('from elsewhere delivers no token', async () => {
    const { keyAt } = storage();
    expect(await storage().keys.isAlive(media, await keyAt(0), start)).toBe(false);
  });

  it('is not used if it is unknown whether it is revoked', async () => {
    const keys = new StorageDelegationKeys({
      credential: { getToken: () => Promise.reject(new Error('never asked')) },
      revocations: { revokedAt: () => Promise.reject(new Error('unknown')) },
    });
    await expect(keys.keyFor(media, 'blob', addSeconds(start, 900), start, null)).rejects.toThrow('unknown');
  });
});
