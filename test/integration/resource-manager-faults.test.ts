import { StorageManagementClient } from '@azure/arm-storage';
import { ManagedIdentityCredential } from '@azure/identity';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import {
  clearResourceManagerFaults,
  newAccount,
  resourceManagerCalls,
  resourceManagerFault,
  type TestAccount,
  useManagedIdentity,
} from '../stack-client.ts';

type Operation = Parameters<typeof resourceManagerFault>[0]['operation'];
const OPERATIONS: Operation[] = ['read', 'listKeys', 'regenerateKey', 'revokeUserDelegationKeys'];
let client: StorageManagementClient;

function clientOf(maxRetries: number): StorageManagementClient {
  const { rotatorClientId, resourceManager } = inject('stack');
  return new StorageManagementClient(
    new ManagedIdentityCredential(rotatorClientId),
    '0c0ffee0-0000-4000-8000-0000000000c1',
    { endpoint: resourceManager, retryOptions: { maxRetries } },
  );
}

beforeAll(() => {
  useManagedIdentity();
  client = clientOf(0);
});

/** Calls an operation with the official client, which waits at most `waitMs` for the reply. */
function invoke(operation: Operation, { name }: TestAccount, waitMs = 20_000): Promise<unknown> {
  const abortSignal = AbortSignal.timeout(waitMs);
  const { storageAccounts } = client;
  switch (operation) {
    case 'read':
      return storageAccounts.getProperties('any', name, { abortSignal });
    case 'listKeys':
      return storageAccounts.listKeys('any', name, { abortSignal });
    case 'regenerateKey':
      return storageAccounts.regenerateKey('any', name, { keyName: 'key1' }, { abortSignal });
    case 'revokeUserDelegationKeys':
      return storageAccounts.revokeUserDelegationKeys('any', name, { abortSignal });
  }
}

describe.each(OPERATIONS)('the laptop Resource Manager, told to disturb %s,', (operation) => {
  const plan = (
    { name }: TestAccount,
    fault: Omit<Parameters<typeof resourceManagerFault>[0], 'operation'>,
  ) => resourceManagerFault({ name, operation, ...fault });
  const calls = async ({ name }: TestAccount) => (await resourceManagerCalls(name))[operation];
  const aborted = { name: 'AbortError' };

  it.each([400, 401, 403, 404, 405, 409, 500, 503])('refuses with %i and does nothing', async (status) => {
    const account = await newAccount();
    await plan(account, { fault: 'refuse', status, code: 'Because' });
    await expect(invoke(operation, account)).rejects.toMatchObject({ statusCode: status, code: 'Because' });
    expect(await calls(account)).toEqual({ asked: 1, done: 0 });
    await invoke(operation, account);
    expect(await calls(account)).toEqual({ asked: 2, done: 1 });
  });

  it('throttles, with a time to retry after', async () => {
    const account = await newAccount();
    await plan(account, { fault: 'throttle', retryAfter: 17 });
    const error: unknown = await invoke(operation, account).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ statusCode: 429 });
    const { response } = error as { response: { headers: { get: (name: string) => string } } };
    expect(response.headers.get('retry-after')).toBe('17');
    expect(await calls(account)).toEqual({ asked: 1, done: 0 });
  });

  it('answers late: done at once, or done late', async () => {
    const account = await newAccount();
    await plan(account, { fault: 'reply-late', delayMs: 300 });
    const answered = invoke(operation, account);
    await expect.poll(() => calls(account), { interval: 10 }).toEqual({ asked: 1, done: 1 });
    await answered;

    await plan(account, { fault: 'late', delayMs: 1000 });
    await expect(invoke(operation, account, 200)).rejects.toMatchObject(aborted);
    expect(await calls(account)).toEqual({ asked: 2, done: 1 });
    await expect.poll(() => calls(account)).toEqual({ asked: 2, done: 2 });
  });

  it('loses the reply to what was done at once, is done later or is never done', async () => {
    const account = await newAccount();
    await plan(account, { fault: 'lose-reply' });
    await expect(invoke(operation, account)).rejects.not.toHaveProperty('statusCode', expect.any(Number));
    expect(await calls(account)).toEqual({ asked: 1, done: 1 });

    await plan(account, { fault: 'lose-reply', delayMs: 1000 });
    await expect(invoke(operation, account)).rejects.toThrow();
    expect(await calls(account)).toEqual({ asked: 2, done: 1 });
    await expect.poll(() => calls(account)).toEqual({ asked: 2, done: 2 });

    await plan(account, { fault: 'drop' });
    await expect(invoke(operation, account)).rejects.toThrow();
    expect(await calls(account)).toEqual({ asked: 3, done: 2 });
  });

  it('does not answer at all, whether it was done or not', async () => {
    const account = await newAccount();
    await plan(account, { fault: 'silent' });
    await expect(invoke(operation, account, 300)).rejects.toMatchObject(aborted);
    expect(await calls(account)).toEqual({ asked: 1, done: 0 });

    await plan(account, { fault: 'silent-done' });
    await expect(invoke(operation, account, 300)).rejects.toMatchObject(aborted);
    await expect.poll(() => calls(account)).toEqual({ asked: 2, done: 1 });
  });

  it('is as before once the faults of the account are cleared, and never disturbs another account', async () => {
    const [account, other] = [await newAccount(), await newAccount()];
    await plan(account, { fault: 'refuse', times: 1000 });
    await invoke(operation, other);
    await expect(invoke(operation, account)).rejects.toMatchObject({ statusCode: 403 });
    await expect(invoke(operation, account)).rejects.toMatchObject({ statusCode: 403 });
    await clearResourceManagerFaults(account.name);
    await invoke(operation, account);
  });
});

describe('a regeneration that the laptop Resource Manager disturbs', () => {
  const key1 = async ({ name }: TestAccount) =>
    (await client.storageAccounts.listKeys('any', name)).keys![0]!.value;

  it('changes the key when it is carried out, not when it is answered', async () => {
    const account = await newAccount();
    const fault = { name: account.name, operation: 'regenerateKey' } as const;
    await resourceManagerFault({ ...fault, fault: 'refuse' });
    await expect(invoke('regenerateKey', account)).rejects.toThrow();
    expect(await key1(account)).toBe(account.key1);

    await resourceManagerFault({ ...fault, fault: 'lose-reply' });
    await expect(invoke('regenerateKey', account)).rejects.toThrow();
    const second = await key1(account);
    expect(second).not.toBe(account.key1);

    await resourceManagerFault({ ...fault, fault: 'lose-reply', delayMs: 1000 });
    await expect(invoke('regenerateKey', account)).rejects.toThrow();
    expect(await key1(account)).toBe(second);
    await expect.poll(() => key1(account)).not.toBe(second);
  });
});

it('the official client waits as long as a throttled reply says', async () => {
  const account = await newAccount();
  const fault = { name: account.name, operation: 'listKeys', fault: 'throttle' } as const;
  await resourceManagerFault({ ...fault, retryAfter: 1 });
  const start = performance.now();
  await clientOf(3).storageAccounts.listKeys('any', account.name);
  expect(performance.now() - start).toBeGreaterThan(900);
  expect(await resourceManagerCalls(account.name)).toEqual({ listKeys: { asked: 2, done: 1 } });
});
