import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import { ShareServiceClient } from '@azure/storage-file-share';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { StorageDelegationKeys } from '../../../shared/keys/storage-delegation-keys.ts';
import { account } from '../../fakes/configuration.ts';

const now = new Date('2026-11-22T12:00:00Z');

function storage(getToken: TokenCredential['getToken'], callTimeoutMs = 1000) {
  const faults: BrokerError[] = [];
  const onFault = (error: BrokerError): void => void faults.push(error);
  const keys = new StorageDelegationKeys({ credential: { getToken }, onFault, callTimeoutMs });
  return { faults, ask: (at = now) => keys.keyFor(account(), 'blob', addSeconds(at, 900), at, null) };
}

describe('user delegation keys', () => {
  it('are requested at most once per second while storage fails', async () => {
    let asked = 0;
    const { ask, faults } = storage(() => {
      asked += 1;
      return Promise.reject(new Error('Bearer secret-text of https://media.blob.core.windows.net'));
    });
    await expect(ask()).rejects.toThrow(BrokerError);
    await expect(ask(addSeconds(now, 0.5))).rejects.toThrow(BrokerError);
    expect([asked, faults.length]).toEqual([1, 1]);
    await expect(ask(addSeconds(now, 2))).rejects.toThrow(BrokerError);
    expect(asked).toBe(2);
    expect(faults[0]).toMatchObject({ code: 'storage_unavailable', retryAfter: 5 });
    expect(faults[0]!.reason).toBe('account media: no user delegation key: Error');
  });

  it('time out if the identity hangs', async () => {
    const { ask } = storage(() => new Promise(() => undefined), 20);
    await expect(ask()).rejects.toMatchObject({ reason: expect.stringMatching(/Timeout/) as string });
  });

  it('are requested once for concurrent callers, even if the request fails', async () => {
    const { ask, faults } = storage(() => Promise.reject(new Error('down')));
    await Promise.allSettled(Array.from({ length: 10 }, () => ask()));
    expect(faults).toHaveLength(1);
  });
});

describe('user delegation keys of one service and tenant', () => {
  afterEach(() => vi.restoreAllMocks());

  const CLIENTS = { blob: BlobServiceClient, queue: QueueServiceClient, file: ShareServiceClient } as const;
  type Client = keyof typeof CLIENTS;

  /** Lets the SDK's client answer for storage; `tenant` is the one that storage says the key is for. */
  function answering(service: Client, tenant?: string, signedService = service.charAt(0)) {
    const key = {
      signedObjectId: 'signer',
      signedTenantId: 'home',
      signedService,
      signedVersion: '2026-04-06',
      value: 'a2V5',
      signedDelegatedUserTenantId: tenant,
      signedStartsOn: addSeconds(now, -900),
      signedExpiresOn: addSeconds(now, 604_800),
    };
    const prototype = CLIENTS[service].prototype as {
      getUserDelegationKey: (...given: unknown[]) => unknown;
    };
    return vi.spyOn(prototype, 'getUserDelegationKey').mockImplementation(() => Promise.resolve(key));
  }

  const keys = () => new StorageDelegationKeys({ credential: { getToken: () => Promise.resolve(null) } });
  const until = addSeconds(now, 900);

  it.each(['blob', 'queue', 'file'] as const)('are asked of the service itself: %s', async (service) => {
    const asked = answering(service);
    const store = keys();
    const key = await store.keyFor(account(), service, until, now, null);
    expect(key).toMatchObject({ service: service.charAt(0), objectId: 'signer', delegatedTenantId: null });
    expect(await store.keyFor(account(), service, until, now, null)).toBe(key);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(asked.mock.contexts[0]).toMatchObject({
      url: expect.stringContaining(`media.${service}.core`) as string,
    });
  });

  it('are never used for another service', async () => {
    const asked = [answering('blob'), answering('queue')];
    const store = keys();
    await store.keyFor(account(), 'blob', until, now, null);
    expect((await store.keyFor(account(), 'queue', until, now, null)).service).toBe('q');
    expect(asked.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  it('are separate for the users of each tenant and for tokens without a user', async () => {
    const asked = answering('blob', 'theirs');
    const store = keys();
    const key = await store.keyFor(account(), 'blob', until, now, 'theirs');
    expect(key.delegatedTenantId).toBe('theirs');
    expect(asked.mock.calls[0]![0]).toMatchObject({ delegatedUserTenantId: 'theirs' });
    expect(await store.keyFor(account(), 'blob', until, now, 'theirs')).toBe(key);
    answering('blob', 'others');
    expect(await store.keyFor(account(), 'blob', until, now, 'others')).not.toBe(key);
    answering('blob', '');
    expect((await store.keyFor(account(), 'blob', until, now, null)).delegatedTenantId).toBeNull();
  });

  it('are refused if storage returns a key for other users than requested', async () => {
    answering('queue');
    await expect(keys().keyFor(account(), 'queue', until, now, 'theirs')).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    answering('blob', 'theirs');
    await expect(keys().keyFor(account(), 'blob', until, now, null)).rejects.toThrow(BrokerError);
  });

  it('are refused if the endpoint belongs to another service', async () => {
    answering('file', undefined, 'b');
    await expect(keys().keyFor(account(), 'file', until, now, null)).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
  });

  it('do not exist for tables', async () => {
    await expect(keys().keyFor(account(), 'table', until, now, null)).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
  });
});
