import { beforeEach, describe, expect, test } from 'vitest';
import type { StorageAccount } from '../../shared/config/broker-config.ts';
import { SecretText } from '../../shared/keys/signing-keys.ts';
import type { PublishedSecrets } from '../../shared/rotation/published-secrets.ts';
import type { Fault } from '../fakes/effects.ts';

/** What the suite needs from an implementation: a secret that no other test uses, and ways to change it directly. */
export interface PublishedSecretsHarness {
  readonly secrets: PublishedSecrets;
  readonly account: StorageAccount;
  /** Writes a version as something outside the broker would. */
  setSecret(text: string, tags?: Record<string, string>): Promise<void>;
  remove(): Promise<void>;
  disableLatest(): Promise<void>;
  /** Returns every version, in no particular order, because the vault's times are whole seconds. */
  versions(): Promise<{ version: string; tags: Record<string, string>; enabled: boolean }[]>;
  /** Runs `act` just before the call to the vault that is the `nth` from now on, counted from 0, if there is one. */
  beforeCall(nth: number, act: () => Promise<void>): void;
  breakNext(call: 'latest' | 'publish' | 'disableAllBut', fault: Fault): Promise<void>;
}

const FIRST = Buffer.alloc(64, 1).toString('base64');
const SECOND = Buffer.alloc(64, 2).toString('base64');

export function publishedSecretsContract(
  name: string,
  open: (format: 'key' | 'connection-string') => Promise<PublishedSecretsHarness>,
): void {
  describe.each(['key', 'connection-string'] as const)(`published secrets (${name}, %s)`, (format) => {
    let harness: PublishedSecretsHarness;
    const publish = (key: 'key1' | 'key2', value: string) =>
      harness.secrets.publish(harness.account, key, new SecretText(value));
    const latest = () => harness.secrets.latest(harness.account);
    const unavailable = { code: 'signing_key_unavailable' };

    beforeEach(async () => {
      harness = await open(format);
    });

    test('there is no secret at first', async () => {
      expect(await latest()).toBeNull();
    });

    test('the latest version is the last one published, with tags that name key, account and manager', async () => {
      await publish('key1', FIRST);
      const { version } = await publish('key2', SECOND);
      const secret = await latest();
      expect(secret).toMatchObject({ version, enabled: true, name: 'key2', managedBy: 'sas-token-broker' });
      expect(secret?.key?.reveal()).toBe(SECOND);
      expect(JSON.stringify(secret)).not.toContain(SECOND);
      const { resourceId } = harness.account;
      const stored = (await harness.versions()).find((one) => one.version === version);
      expect(stored?.tags).toEqual({
        CredentialId: 'key2',
        ProviderAddress: resourceId,
        ManagedBy: 'sas-token-broker',
      });
    });

    test('a disabled version shows everything but its key', async () => {
      await publish('key1', FIRST);
      const { version } = await publish('key2', SECOND);
      await harness.disableLatest();
      expect(await latest()).toEqual({
        version,
        enabled: false,
        key: null,
        name: 'key2',
        managedBy: 'sas-token-broker',
      });
    });

    test('a secret of another manager is read with its tags and without a key', async () => {
      await harness.setSecret('no key at all', { ManagedBy: 'a rotation function' });
      expect(await latest()).toMatchObject({
        enabled: true,
        key: null,
        name: null,
        managedBy: 'a rotation function',
      });
    });

    test('a deleted secret counts as absent, and publishing recovers it', async () => {
      await publish('key1', FIRST);
      await harness.remove();
      expect(await latest()).toBeNull();
      const { version } = await publish('key2', SECOND);
      expect(await latest()).toMatchObject({ version, name: 'key2' });
      expect(await harness.versions()).toHaveLength(2);
    });

    test('every version but the latest can be disabled, repeatedly', async () => {
      await publish('key1', FIRST);
      await publish('key2', SECOND);
      const { version } = await publish('key1', SECOND);
      await harness.secrets.disableAllBut(harness.account, version);
      await harness.secrets.disableAllBut(harness.account, version);
      const versions = await harness.versions();
      expect(versions).toHaveLength(3);
      expect(versions.filter(({ enabled }) => enabled)).toMatchObject([{ version }]);
    });

    test('nothing is disabled if the version to keep is not the latest', async () => {
      const { version } = await publish('key1', FIRST);
      await publish('key2', SECOND);
      const disabling = harness.secrets.disableAllBut(harness.account, version);
      await expect(disabling).rejects.toMatchObject(unavailable);
      expect((await harness.versions()).map(({ enabled }) => enabled)).toEqual([true, true]);
    });

    test.each([0, 1, 2, 3, 4])(
      'a version that is published before call %i of disabling the others stays enabled',
      async (nth) => {
        await publish('key1', FIRST);
        await publish('key2', SECOND);
        const { version } = await publish('key1', FIRST);
        const before = new Set((await harness.versions()).map((one) => one.version));
        harness.beforeCall(nth, () => harness.setSecret(SECOND));
        await harness.secrets.disableAllBut(harness.account, version).catch((error: unknown) => {
          expect(error).toMatchObject(unavailable);
        });
        const added = (await harness.versions()).filter((one) => !before.has(one.version));
        expect(added.every(({ enabled }) => enabled)).toBe(true);
        expect((await latest())?.enabled).toBe(true);
      },
    );

    test('a write whose reply is lost fails, but has taken effect', async () => {
      await harness.breakNext('publish', { kind: 'lose' });
      await expect(publish('key1', FIRST)).rejects.toMatchObject(unavailable);
      expect(await harness.versions()).toHaveLength(1);
    });

    test('a refused write has no effect', async () => {
      await harness.breakNext('publish', { kind: 'refuse' });
      await expect(publish('key1', FIRST)).rejects.toMatchObject(unavailable);
      expect(await latest()).toBeNull();
    });

    test('a throttled call fails with the time to wait', async () => {
      await publish('key1', FIRST);
      await harness.breakNext('latest', { kind: 'throttle', retryAfter: 17 });
      await expect(latest()).rejects.toMatchObject({ ...unavailable, retryAfter: 17 });
      await harness.breakNext('publish', { kind: 'throttle', retryAfter: 17 });
      await expect(publish('key1', FIRST)).rejects.toMatchObject({ ...unavailable, retryAfter: 17 });
    });

    test('a failed read is not reported as an absent secret', async () => {
      await harness.breakNext('latest', { kind: 'fail' });
      await expect(latest()).rejects.toMatchObject(unavailable);
    });

    test('an account without "keys" in the configuration is rejected', async () => {
      const without = harness.secrets.latest({ ...harness.account, keys: null });
      await expect(without).rejects.toMatchObject(unavailable);
    });
  });
}
