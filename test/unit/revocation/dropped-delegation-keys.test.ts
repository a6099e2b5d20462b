import { describe, expect, it } from 'vitest';
import { addSeconds, formatInstant } from '../../../shared/iso-time.ts';
import { StorageDelegationKeys } from '../../../shared/keys/storage-delegation-keys.ts';
import { type DelegationKey, SecretText } from '../../../shared/keys/signing-keys.ts';
import type { RequestDelegationKey } from '../../../shared/keys/storage-delegation-request.ts';
import { account } from '../../fakes/configuration.ts';
import { start, times } from './revocation-world.ts';

const media = account({ rotation: times });
/** Storage that returns each key as requested once `gate` opens; each key contains its number. */
function storage() {
  const asked: string[] = [];
  const state = { revokedAt: null as Date | null, gate: Promise.resolve() };
  const requestKey: RequestDelegationKey = async ({ startsOn, expiresOn }) => {
    asked.push(formatInstant(startsOn));
    const value = new SecretText(String(asked.length));
    await state.gate;
    return {
      kind: 'user-delegation',
      value,
      objectId: 'o',
      tenantId: 't',
      startsAt: startsOn,
      expiresAt: expiresOn,
      service: 'b',
      version: '2025-11-05',
      delegatedTenantId: null,
    };
  };
  const keys = new StorageDelegationKeys({
    requestKey,
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
    expect([await at(50), await at(99), await at(100)]).toEqual(['1', '1', '2']);
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
    expect(await alive(first, 99)).toBe(true);
    // The mark is in the future while the request is in flight.
    state.revokedAt = addSeconds(start, 100);
    expect([await alive(first, 99), await alive(first, 100)]).toEqual([false, false]);
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
      requestKey: () => Promise.reject(new Error('never asked')),
      revocations: { revokedAt: () => Promise.reject(new Error('unknown')) },
    });
    await expect(keys.keyFor(media, 'blob', addSeconds(start, 900), start, null)).rejects.toThrow('unknown');
  });
});

describe('a user delegation key of an instance whose clock differs', () => {
  const skew = times.clockSkew;
  const year = 365 * 86_400;

  it.each([1, 15, skew - 1])(
    'is dropped as soon as the revocation is known, although its clock is %i s behind',
    async (behind) => {
      const { asked, state, at } = storage();
      await at(100 - behind - 1);
      state.revokedAt = addSeconds(start, 100);
      expect(await at(100 - behind)).toBe('2');
      // Not back-dated, as a revocation kills older keys, and not in the future, as it must sign now.
      expect(asked[1]).toBe(formatInstant(addSeconds(start, 100 - behind)));
      expect([await at(99.9), await at(100)]).toEqual(['2', '3']);
    },
  );

  it('is dropped as soon as the revocation is known, if it was requested before by a clock that is ahead', async () => {
    const { state, at } = storage();
    await at(105);
    state.revokedAt = addSeconds(start, 100);
    expect([await at(106), await at(107)]).toEqual(['2', '2']);
  });

  it('is available at any time while a request to revoke is in flight, and serves for keyCache only', async () => {
    const { asked, state, at } = storage();
    await at(0);
    state.revokedAt = addSeconds(start, 7 + times.settle);
    const used: string[] = [];
    for (let second = 1; second < 7 + times.settle + skew; second += 3) used.push(await at(second));
    expect(used[0]).toBe('2');
    // One for the mark, one for each keyCache until it has passed on every clock, and one when it passes.
    expect(asked.length).toBeLessThanOrEqual(1 + 2 + Math.ceil((7 + times.settle + skew) / media.keyCache));
    expect([used[0], used[19], used[21]]).toEqual(['2', '2', '3']);
  });

  it('is dropped once more when the request was answered and the mark is set back', async () => {
    const { asked, state, at } = storage();
    state.revokedAt = addSeconds(start, 127);
    expect(await at(10)).toBe('1');
    state.revokedAt = addSeconds(start, 20);
    expect([await at(21), await at(40)]).toEqual(['2', '2']);
    expect(asked[1]).toBe('2026-11-22T12:00:20Z');
  });

  it('starts in the past again once the order was withdrawn', async () => {
    const { asked, state, at } = storage();
    state.revokedAt = addSeconds(start, 127);
    await at(10);
    state.revokedAt = null;
    expect([await at(20), await at(600)]).toEqual(['2', '2']);
    expect(asked[1]).toBe('2026-11-22T11:45:20Z');
  });

  it('is dropped once, not for a year, if a clock a year ahead revoked it', async () => {
    const { asked, state, at } = storage();
    await at(0);
    state.revokedAt = addSeconds(start, year);
    const used = [await at(10), await at(11), await at(500), await at(1000), await at(2 * 86_400)];
    expect(used).toEqual(['2', '2', '2', '2', '2']);
    expect(asked[1]).toBe('2026-11-22T12:00:10Z');
    const restarted = storage();
    restarted.state.revokedAt = addSeconds(start, year);
    expect([await restarted.at(0), await restarted.at(2 * 86_400)]).toEqual(['1', '1']);
  });
});
