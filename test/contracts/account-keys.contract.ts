import { beforeEach, describe, expect, it } from 'vitest';
import type { KeyName } from '../../shared/azure/services.ts';
import type { StorageAccount } from '../../shared/config/broker-config.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import type { AccountKeys } from '../../shared/keys/signing-keys.ts';

/** What the suite needs from an implementation: a separate vault with one account. */
export interface AccountKeysHarness {
  readonly keys: AccountKeys;
  /** Its key is remembered for 60 s, and for 600 s more while the vault fails. */
  readonly account: StorageAccount;
  publish(value: string, name: KeyName | null): Promise<void>;
  withdraw(): Promise<void>;
  setFailing(failing: boolean): void;
}

const FIRST = Buffer.alloc(64, 1).toString('base64');
const SECOND = Buffer.alloc(64, 2).toString('base64');

export function accountKeysContract(name: string, newHarness: () => Promise<AccountKeysHarness>): void {
  describe(`account keys (${name})`, () => {
    const now = new Date();
    const later = (seconds: number): Date => addSeconds(now, seconds);
    let harness: AccountKeysHarness;
    const value = async (at: Date): Promise<string> =>
      (await harness.keys.current(harness.account, at)).value.reveal();

    beforeEach(async () => {
      harness = await newHarness();
      await harness.publish(FIRST, 'key2');
    });

    it('have a name, a version and the instant after which they must not sign', async () => {
      const key = await harness.keys.current(harness.account, now);
      expect(key.value.reveal()).toBe(FIRST);
      expect(key).toMatchObject({ name: 'key2', usableUntil: later(660) });
      expect(key.secretVersion).toMatch(/./);
      expect(JSON.stringify(key)).not.toContain(FIRST);
    });

    it('have no name if the secret has none', async () => {
      await harness.publish(SECOND, null);
      expect((await harness.keys.current(harness.account, now)).name).toBeNull();
    });

    it('are remembered for keyCache, then the latest version is read', async () => {
      const first = await harness.keys.current(harness.account, now);
      await harness.publish(SECOND, 'key1');
      expect(await value(later(59))).toBe(FIRST);
      const second = await harness.keys.current(harness.account, later(60));
      expect(second.value.reveal()).toBe(SECOND);
      expect(second.secretVersion).not.toBe(first.secretVersion);
      expect(second.usableUntil).toEqual(later(720));
    });

    it('outlive keyCache by keyStaleMax while the vault fails, but no longer', async () => {
      await value(now);
      harness.setFailing(true);
      expect(await value(later(60))).toBe(FIRST);
      expect(await value(later(659))).toBe(FIRST);
      await expect(value(later(660))).rejects.toMatchObject({
        code: 'signing_key_unavailable',
        retryAfter: expect.any(Number) as number,
      });
    });

    it('work again as soon as the vault does', async () => {
      harness.setFailing(true);
      await expect(value(now)).rejects.toMatchObject({ code: 'signing_key_unavailable' });
      harness.setFailing(false);
      expect(await value(later(10))).toBe(FIRST);
    });

    it('end with keyCache if the secret is gone', async () => {
      await value(now);
      await harness.withdraw();
      expect(await value(later(59))).toBe(FIRST);
      await expect(value(later(60))).rejects.toMatchObject({ code: 'signing_key_unavailable' });
      await expect(value(later(70))).rejects.toMatchObject({ code: 'signing_key_unavailable' });
    });

    it('are unavailable for an account that is configured without keys', async () => {
      const without = harness.keys.current({ ...harness.account, keys: null }, now);
      await expect(without).rejects.toMatchObject({ code: 'signing_key_unavailable' });
    });
  });
}
