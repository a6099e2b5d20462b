import { beforeEach, describe, expect, test } from 'vitest';
import type { KeyName, Service } from '../../shared/azure/services.ts';
import type { StorageAccount } from '../../shared/config/broker-config.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import { SecretText } from '../../shared/keys/signing-keys.ts';
import type { KeyProbe, ManagedKeys } from '../../shared/rotation/managed-keys.ts';
import type { Fault } from '../fakes/effects.ts';

/** What the suite needs from an implementation: a storage account that no other test uses, and a way to break its calls. */
export interface ManagedKeysHarness {
  readonly keys: ManagedKeys;
  readonly probe: KeyProbe;
  /** Returns the keys as a broker sees them whose clock is that many seconds ahead. */
  keysAhead(seconds: number): ManagedKeys;
  readonly account: StorageAccount;
  /** Makes the next call fail in the given way. */
  breakNext(call: 'times' | 'list' | 'regenerate' | 'revokeDelegationKeys', fault: Fault): Promise<void>;
  /** Resolves once every late effect has taken place. */
  landLate(): Promise<void>;
  /** Returns how many regenerations were requested from Resource Manager. */
  regenerations(): Promise<number>;
}

const soon = (): Date => addSeconds(new Date(), 10);
/** A deadline that has passed, for a clock too that stands still since the suite was opened. */
const past = (): Date => addSeconds(new Date(), -60);

export function managedKeysContract(
  name: string,
  open: (ages?: { old: boolean }) => Promise<ManagedKeysHarness>,
): void {
  describe(`managed keys (${name})`, () => {
    let harness: ManagedKeysHarness;
    const values = async (): Promise<Record<KeyName, string>> => {
      const { key1, key2 } = await harness.keys.list(harness.account);
      return { key1: key1.reveal(), key2: key2.reveal() };
    };
    const opens = (key: string, service: Service = 'blob'): Promise<boolean> =>
      harness.probe.opens(harness.account, new SecretText(key), service);

    beforeEach(async () => {
      harness = await open();
    });

    test('are two keys that storage accepts, and neither can be printed', async () => {
      const keys = await harness.keys.list(harness.account);
      const { key1, key2 } = await values();
      expect(key1).not.toBe(key2);
      expect(await Promise.all([opens(key1), opens(key2)])).toEqual([true, true]);
      expect(await opens(Buffer.alloc(64, 7).toString('base64'))).toBe(false);
      expect(JSON.stringify(keys)).not.toContain(key1);
    });

    test.each(['blob', 'queue', 'table'] as const)('are tested on the %s service', async (service) => {
      const { key1 } = await values();
      expect(await opens(key1, service)).toBe(true);
      expect(await opens(Buffer.alloc(64, 7).toString('base64'), service)).toBe(false);
    });

    test('have creation times, or null on an old account', async () => {
      const { key1 } = (await harness.keys.times(harness.account)).times;
      expect(Math.abs(Date.now() - (key1?.getTime() ?? 0))).toBeLessThan(60_000);
      harness = await open({ old: true });
      expect((await harness.keys.times(harness.account)).times).toEqual({ key1: null, key2: null });
    });

    test.each([0, 3600, -3600, 365 * 86_400])(
      'show that the clock is %i s ahead of Azure',
      async (seconds) => {
        const { clockAhead } = await harness.keysAhead(seconds).times(harness.account);
        expect(Math.abs(clockAhead - seconds)).toBeLessThan(10);
        if (seconds === 0) expect(clockAhead).toBe(0);
      },
    );

    test('are regenerated one at a time: the former value is dead and the other key is unchanged', async () => {
      const before = await values();
      const { times } = await harness.keys.times(harness.account);
      expect(await harness.keys.regenerate(harness.account, 'key2', soon())).toEqual({ outcome: 'done' });
      const after = await values();
      expect(after.key1).toBe(before.key1);
      expect(after.key2).not.toBe(before.key2);
      expect([await opens(before.key2), await opens(after.key2)]).toEqual([false, true]);
      const { times: timesAfter } = await harness.keys.times(harness.account);
      expect(timesAfter.key1).toEqual(times.key1);
      expect(timesAfter.key2?.getTime()).toBeGreaterThan(times.key2?.getTime() ?? 0);
    });

    test.each<[Fault, object]>([
      [{ kind: 'refuse' }, { outcome: 'refused', reason: expect.any(String) as string, retryAt: null }],
      [
        { kind: 'throttle', retryAfter: 17 },
        { outcome: 'refused', retryAt: expect.any(Date) as Date },
      ],
      [{ kind: 'fail' }, { outcome: 'unknown' }],
    ])('a regeneration that meets %o changes nothing and is sent once', async (fault, outcome) => {
      const before = await values();
      await harness.breakNext('regenerate', fault);
      const regeneration = await harness.keys.regenerate(harness.account, 'key1', soon());
      expect(regeneration).toMatchObject(outcome);
      if (regeneration.outcome === 'refused' && fault.kind === 'throttle')
        expect(Math.abs((regeneration.retryAt?.getTime() ?? 0) - Date.now() - 17_000)).toBeLessThan(5000);
      expect(await values()).toEqual(before);
      expect(await harness.regenerations()).toBe(1);
    });

    test('a regeneration whose reply is lost is unknown, and done', async () => {
      const before = await values();
      await harness.breakNext('regenerate', { kind: 'lose' });
      const regeneration = await harness.keys.regenerate(harness.account, 'key1', soon());
      expect(regeneration).toEqual({ outcome: 'unknown' });
      expect((await values()).key1).not.toBe(before.key1);
      expect(await harness.regenerations()).toBe(1);
    });

    test('a late regeneration is unknown, and takes effect after its caller has stopped waiting', async () => {
      const before = await values();
      await harness.breakNext('regenerate', { kind: 'late' });
      const regeneration = await harness.keys.regenerate(harness.account, 'key1', soon());
      expect(regeneration).toEqual({ outcome: 'unknown' });
      expect(await values()).toEqual(before);
      await harness.landLate();
      expect((await values()).key1).not.toBe(before.key1);
    });

    test('nothing is sent after the deadline', async () => {
      const regeneration = await harness.keys.regenerate(harness.account, 'key1', past());
      expect(regeneration).toMatchObject({ outcome: 'refused', retryAt: null });
      expect(await harness.regenerations()).toBe(0);
    });

    test('a failed read is storage_unavailable, and says when to try again', async () => {
      await harness.breakNext('list', { kind: 'fail' });
      await expect(values()).rejects.toMatchObject({ code: 'storage_unavailable', retryAfter: null });
      await harness.breakNext('times', { kind: 'throttle', retryAfter: 17 });
      await expect(harness.keys.times(harness.account)).rejects.toMatchObject({
        code: 'storage_unavailable',
        retryAfter: 17,
      });
    });

    test('delegation keys are revoked', async () => {
      const revocation = await harness.keys.revokeDelegationKeys(harness.account, soon());
      expect(revocation).toEqual({ outcome: 'done' });
    });

    test.each<[Fault, object]>([
      [{ kind: 'refuse' }, { outcome: 'turned-down', reason: expect.any(String) as string }],
      [
        { kind: 'throttle', retryAfter: 17 },
        { outcome: 'held-up', mayHaveLanded: false, retryAt: expect.any(Date) as Date },
      ],
      [{ kind: 'fail' }, { outcome: 'held-up', mayHaveLanded: true, retryAt: null }],
      [{ kind: 'lose' }, { outcome: 'held-up', mayHaveLanded: true, retryAt: null }],
    ])('a revocation of delegation keys that meets %o says what that means', async (fault, outcome) => {
      await harness.breakNext('revokeDelegationKeys', fault);
      const revocation = await harness.keys.revokeDelegationKeys(harness.account, soon());
      expect(revocation).toMatchObject(outcome);
    });

    test('no revocation of delegation keys is sent after the deadline', async () => {
      const revocation = await harness.keys.revokeDelegationKeys(harness.account, past());
      expect(revocation).toMatchObject({ outcome: 'held-up', mayHaveLanded: false });
    });
  });
}
