import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import type { StorageAccount } from '../../shared/config/broker-config.ts';
import { ArmAccountKeys } from '../../shared/rotation/arm-account-keys.ts';
import { account } from '../fakes/configuration.ts';
import {
  newAccount,
  resourceManagerCalls,
  resourceManagerFault,
  useManagedIdentity,
} from '../stack-client.ts';

const identity: TokenCredential = {
  getToken: (scopes, options) =>
    new ManagedIdentityCredential({ clientId: inject('stack').rotatorClientId }).getToken(scopes, options),
};

function keysWith(credential: TokenCredential, callTimeoutMs = 5000): ArmAccountKeys {
  const endpoint = inject('stack').resourceManager;
  return new ArmAccountKeys({
    credential,
    endpoint,
    cloud: 'public',
    callTimeoutMs,
    clock: () => new Date(),
  });
}

const within = (milliseconds: number): Date => new Date(Date.now() + milliseconds);

describe('account keys in Resource Manager', () => {
  let media: StorageAccount;
  const asked = async () => (await resourceManagerCalls(media.name))['regenerateKey']?.asked ?? 0;

  beforeEach(async () => {
    useManagedIdentity();
    const { name, blob, queue, table } = await newAccount();
    media = account({ name, endpoints: { blob, queue, table, file: blob } });
  });

  test.each([400, 401, 403, 404, 409, 412, 429])('a regeneration answered %i is refused', async (status) => {
    await resourceManagerFault({ operation: 'regenerateKey', name: media.name, fault: 'refuse', status });
    const regeneration = await keysWith(identity).regenerate(media, 'key1', within(5000));
    expect(regeneration).toMatchObject({ outcome: 'refused', retryAt: null });
    expect(JSON.stringify(regeneration)).not.toMatch(/127\.0\.0\.1|localhost|A fault that a test/);
  });

  test('a Retry-After of decades counts as an hour', async () => {
    const fault = { name: media.name, fault: 'throttle', retryAfter: 999_999_999 } as const;
    const keys = keysWith(identity);
    await resourceManagerFault({ ...fault, operation: 'read' });
    await expect(keys.times(media)).rejects.toMatchObject({ retryAfter: 3600 });
    await resourceManagerFault({ ...fault, operation: 'revokeUserDelegationKeys' });
    const revoked = await keys.revokeDelegationKeys(media, within(5000));
    if (revoked.outcome !== 'held-up') throw new Error('It was not held up');
    expect(revoked.retryAt!.getTime()).toBeLessThanOrEqual(Date.now() + 3_600_000);
    await resourceManagerFault({ ...fault, operation: 'regenerateKey' });
    const regeneration = await keys.regenerate(media, 'key1', within(5000));
    if (regeneration.outcome !== 'refused') throw new Error('It was not refused');
    expect(regeneration.retryAt!.getTime()).toBeLessThanOrEqual(Date.now() + 3_600_000);
  });

  test.each([408, 500, 502, 503, 504, 202])('a regeneration answered %i may be done', async (status) => {
    await resourceManagerFault({
      operation: 'regenerateKey',
      name: media.name,
      fault: 'refuse',
      status,
      retryAfter: 1,
    });
    const regeneration = await keysWith(identity).regenerate(media, 'key1', within(5000));
    expect(regeneration).toEqual({ outcome: 'unknown' });
    expect(await asked()).toBe(1);
  });

  const refuseRevocation = (status: number) =>
    resourceManagerFault({
      operation: 'revokeUserDelegationKeys',
      name: media.name,
      fault: 'refuse',
      status,
      retryAfter: 7,
    });
  const revocations = async () =>
    (await resourceManagerCalls(media.name))['revokeUserDelegationKeys']?.asked ?? 0;

  test.each([400, 401, 403, 404, 405])(
    'a revocation of delegation keys answered %i is turned down',
    async (status) => {
      await refuseRevocation(status);
      const revocation = await keysWith(identity).revokeDelegationKeys(media, within(5000));
      expect(revocation).toEqual({ outcome: 'turned-down', reason: expect.any(String) as string });
      expect(JSON.stringify(revocation)).not.toMatch(/127\.0\.0\.1|localhost|A fault that a test/);
    },
  );

  test.each([
    [408, true],
    [409, false],
    [429, false],
    [500, true],
    [503, true],
  ])(
    'a revocation of delegation keys answered %i is sent once and held up, may have landed: %s',
    async (status, mayHaveLanded) => {
      await refuseRevocation(status);
      const revocation = await keysWith(identity).revokeDelegationKeys(media, within(5000));
      expect(revocation).toMatchObject({
        outcome: 'held-up',
        mayHaveLanded,
        retryAt: expect.any(Date) as Date,
      });
      expect(await revocations()).toBe(1);
    },
  );

  test('a revocation of delegation keys without a reply may have landed, one that was never sent has not', async () => {
    await resourceManagerFault({
      operation: 'revokeUserDelegationKeys',
      name: media.name,
      fault: 'silent',
    });
    // A busy machine may take as long to get an access token as to send the request.
    const token = await identity.getToken('https://management.azure.com/.default');
    const unanswered = await keysWith({ getToken: () => Promise.resolve(token) }).revokeDelegationKeys(
      media,
      within(1000),
    );
    expect(unanswered).toMatchObject({ outcome: 'held-up', mayHaveLanded: true });
    expect(await keysWith(identity).revokeDelegationKeys(media, within(0))).toMatchObject({
      outcome: 'held-up',
      mayHaveLanded: false,
    });
    expect(await revocations()).toBe(1);
  });

  test('a regeneration stops waiting at its deadline', async () => {
    // Without a deadline it would wait for ever.
    await resourceManagerFault({ operation: 'regenerateKey', name: media.name, fault: 'silent' });
    const regeneration = await keysWith(identity).regenerate(media, 'key1', within(400));
    expect(regeneration).toEqual({ outcome: 'unknown' });
  });

  test('a regeneration whose access token comes too late is never sent', async () => {
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const tokens: Promise<unknown>[] = [];
    const slow: TokenCredential = {
      // Ignores the abort signal.
      getToken: (scopes) => {
        const token = answered.then(() => identity.getToken(scopes));
        tokens.push(token);
        return token;
      },
    };
    expect(await keysWith(slow).regenerate(media, 'key1', within(200))).toEqual({ outcome: 'unknown' });
    answer();
    expect(tokens).toHaveLength(1);
    await Promise.all(tokens);
    // A request that the token released would arrive before this one.
    await keysWith(identity).times(media);
    expect(await asked()).toBe(0);
  });

  test('a regeneration of a process that was suspended past the deadline is never sent', async () => {
    const suspending: TokenCredential = {
      // No timer fires meanwhile, so nothing has been aborted when the process continues.
      getToken: async (scopes) => {
        const token = await identity.getToken(scopes);
        const now = performance.now.bind(performance);
        const suspended = vi.spyOn(performance, 'now').mockImplementation(() => now() + 3_600_000);
        onTestFinished(() => suspended.mockRestore());
        return token;
      },
    };
    expect(await keysWith(suspending).regenerate(media, 'key1', within(30_000))).toMatchObject({
      outcome: 'refused',
      reason: 'the deadline passed before the request was sent',
    });
    expect(await asked()).toBe(0);
  });

  test('a regeneration without an access token is refused', async () => {
    const none: TokenCredential = {
      getToken: () =>
        Promise.reject(Object.assign(new Error('https://host'), { name: 'CredentialUnavailableError' })),
    };
    expect(await keysWith(none).regenerate(media, 'key1', within(5000))).toEqual({
      outcome: 'refused',
      reason: 'CredentialUnavailableError',
      retryAt: null,
    });
  });

  test('a resourceId that is not that of a storage account is rejected before anything is sent', async () => {
    const strange = { ...media, resourceId: '/subscriptions/s/resourceGroups/g' };
    const regeneration = await keysWith(identity).regenerate(strange, 'key1', within(5000));
    expect(regeneration).toMatchObject({ outcome: 'refused' });
    await expect(keysWith(identity).list(strange)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  test('a read is sent at most twice, and ends at its timeout', async () => {
    await resourceManagerFault({ operation: 'read', name: media.name, fault: 'refuse', status: 500 });
    await keysWith(identity).times(media);
    expect((await resourceManagerCalls(media.name))['read']?.asked).toBe(2);
    await resourceManagerFault({ operation: 'read', name: media.name, fault: 'silent' });
    const reading = keysWith(identity, 300).times(media);
    await expect(reading).rejects.toMatchObject({
      code: 'storage_unavailable',
      reason: expect.stringContaining('TimeoutError') as string,
    });
  });

  test('requests access tokens for its own cloud only', async () => {
    const scopes: unknown[] = [];
    const noting: TokenCredential = {
      getToken: (scope) => {
        scopes.push(scope);
        return identity.getToken('https://management.azure.com/.default');
      },
    };
    const { resourceManager } = inject('stack');
    const options = { credential: noting, endpoint: resourceManager, callTimeoutMs: 5000 };
    await new ArmAccountKeys({ ...options, cloud: 'usgovernment', clock: () => new Date() }).times(media);
    expect(scopes.flat()).toEqual(['https://management.usgovcloudapi.net/.default']);
  });
});
