import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_USER_DELEGATION_TTL } from '../../shared/azure/limits.ts';
import type { StorageAccount } from '../../shared/config/broker-config.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import type { DelegationKey, DelegationKeys } from '../../shared/keys/signing-keys.ts';

/** What the suite needs from an implementation: a separate storage account. */
export interface DelegationKeysHarness {
  readonly keys: DelegationKeys;
  readonly account: StorageAccount;
  /** How many keys were requested from storage. */
  requests(): number;
  setFailing(failing: boolean): void;
  /** Revokes every key that was requested before an instant. */
  revoke(at: Date): void;
}

const DAY = 86_400;

export function delegationKeysContract(name: string, newHarness: () => Promise<DelegationKeysHarness>): void {
  describe(`user delegation keys (${name})`, () => {
    const now = new Date();
    const later = (seconds: number): Date => addSeconds(now, seconds);
    let harness: DelegationKeysHarness;
    const keyOf = (ttl: number, at = 0) =>
      harness.keys.keyFor(harness.account, 'blob', later(at + ttl), later(at), null);

    beforeEach(async () => {
      harness = await newHarness();
    });

    it('start before the token and outlive it, within the 7 days of storage', async () => {
      const key = await keyOf(900);
      expect(key.expiresAt >= later(900) && key.expiresAt <= later(7 * DAY)).toBe(true);
      expect(key.startsAt <= later(-14 * 60)).toBe(true);
      expect(key.expiresAt.getTime() - key.startsAt.getTime()).toBeLessThanOrEqual(7 * DAY * 1000);
      expect(key).toMatchObject({ service: 'b', objectId: expect.stringMatching(/b1$/) as string });
      expect(JSON.stringify(key)).not.toContain(key.value.reveal());
    });

    it('are requested once for concurrent callers', async () => {
      const keys = await Promise.all(Array.from({ length: 10 }, () => keyOf(900)));
      expect(new Set(keys.map((key) => key.value.reveal())).size).toBe(1);
      expect(await keyOf(3600, 2 * DAY)).toBe(keys[0]);
      expect(harness.requests()).toBe(1);
    });

    it('outlive the longest tokens, which share keys too', async () => {
      const key = await keyOf(MAX_USER_DELEGATION_TTL);
      expect(key.expiresAt >= later(MAX_USER_DELEGATION_TTL)).toBe(true);
      expect(await keyOf(MAX_USER_DELEGATION_TTL, 1500)).toBe(key);
      const next = await keyOf(MAX_USER_DELEGATION_TTL, 2000);
      expect(next.expiresAt >= later(2000 + MAX_USER_DELEGATION_TTL)).toBe(true);
      expect(harness.requests()).toBe(2);
    });

    it('are renewed in the background after half of their life', async () => {
      const key = await keyOf(900);
      expect(await keyOf(900, 4 * DAY)).toBe(key);
      await vi.waitFor(async () => expect(await keyOf(900, 4 * DAY + 1)).not.toBe(key), { timeout: 30_000 });
      expect(harness.requests()).toBe(2);
    });

    it('are alive until they are revoked, also one that has been replaced since', async () => {
      const isAlive = (key: DelegationKey, at: number) =>
        harness.keys.isAlive(harness.account, key, later(at));
      const first = await keyOf(900);
      expect(await isAlive(first, 100)).toBe(true);
      harness.revoke(later(200));
      const second = await keyOf(900, 201);
      expect(second).not.toBe(first);
      expect([await isAlive(first, 202), await isAlive(second, 202)]).toEqual([false, true]);
    });

    it('come from memory while storage fails, and are otherwise unavailable', async () => {
      harness.setFailing(true);
      await expect(keyOf(900)).rejects.toMatchObject({
        code: 'storage_unavailable',
        retryAfter: expect.any(Number) as number,
      });
      harness.setFailing(false);
      const key = await keyOf(900, 10);
      harness.setFailing(true);
      expect(await keyOf(900, 20)).toBe(key);
      expect(await keyOf(900, 5 * DAY)).toBe(key);
      await expect(keyOf(3 * DAY, 5 * DAY)).rejects.toMatchObject({ code: 'storage_unavailable' });
    });

    it('need an operator for a service that has none', async () => {
      const key = harness.keys.keyFor(harness.account, 'queue', later(900), now, null);
      await expect(key).rejects.toMatchObject({ code: 'misconfigured', needsOperator: true });
    });
  });
}
