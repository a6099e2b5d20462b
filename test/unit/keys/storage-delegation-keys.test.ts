import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { StorageDelegationKeys } from '../../../shared/keys/storage-delegation-keys.ts';
import type {
  DelegationKeyRequest,
  RequestDelegationKey,
} from '../../../shared/keys/storage-delegation-request.ts';
import { account } from '../../fakes/configuration.ts';

const now = new Date('2026-11-22T12:00:00Z');
const until = addSeconds(now, 900);

function storage(requestKey: RequestDelegationKey, callTimeoutMs = 1000) {
  const faults: BrokerError[] = [];
  const onFault = (error: BrokerError): void => void faults.push(error);
  const keys = new StorageDelegationKeys({ requestKey, onFault, callTimeoutMs });
  return { faults, ask: (at = now) => keys.keyFor(account(), 'blob', addSeconds(at, 900), at, null) };
}

/** What a request ends with if the identity has no access token: it was never sent, so a second try would not help. */
const noToken = () =>
  Promise.reject(
    Object.assign(new Error('Bearer secret-text of https://media.blob.core.windows.net'), {
      name: 'AuthenticationError',
    }),
  );

describe('user delegation keys', () => {
  it('are requested at most once per second while storage fails', async () => {
    let asked = 0;
    const { ask, faults } = storage(() => {
      asked += 1;
      return noToken();
    });
    await expect(ask()).rejects.toThrow(BrokerError);
    await expect(ask(addSeconds(now, 0.5))).rejects.toThrow(BrokerError);
    expect([asked, faults.length]).toEqual([1, 1]);
    await expect(ask(addSeconds(now, 2))).rejects.toThrow(BrokerError);
    expect(asked).toBe(2);
    expect(faults[0]).toMatchObject({ code: 'storage_unavailable', retryAfter: 5 });
    expect(faults[0]!.reason).toBe('account media: no user delegation key: AuthenticationError');
  });

  it.each([400, 403])('need an operator if storage refuses them with %i', async (statusCode) => {
    let asked = 0;
    const { ask } = storage(() => {
      asked += 1;
      return Promise.reject(Object.assign(new Error('no'), { name: 'RestError', statusCode }));
    });
    await expect(ask()).rejects.toMatchObject({
      code: 'misconfigured',
      needsOperator: true,
      reason: `account media/blob: no user delegation key: RestError ${statusCode}`,
    });
    expect(asked).toBe(1);
  });

  it.each([401, 404, 429, 500])('may be had later if storage answers %i', async (statusCode) => {
    const { ask } = storage(() => Promise.reject(Object.assign(new Error('no'), { statusCode })));
    await expect(ask()).rejects.toMatchObject({
      code: 'storage_unavailable',
      needsOperator: false,
      retryAfter: 5,
    });
  });

  it('are requested a second time if the first request got no answer', async () => {
    const answers = [Promise.reject(new Error('reset')), Promise.resolve(someKey())];
    const { ask, faults } = storage(() => answers.shift()!);
    expect((await ask()).objectId).toBe('signer');
    expect(faults).toEqual([]);
  });

  it('time out if the request hangs', async () => {
    const { ask } = storage(() => new Promise(() => undefined), 20);
    await expect(ask()).rejects.toMatchObject({ reason: expect.stringMatching(/Timeout/) as string });
  });

  it('are requested once for concurrent callers, even if the request fails', async () => {
    const { ask, faults } = storage(noToken);
    await Promise.allSettled(Array.from({ length: 10 }, () => ask()));
    expect(faults).toHaveLength(1);
  });
});

function someKey(service = 'b', delegatedTenantId: string | null = null) {
  return {
    kind: 'user-delegation',
    value: new SecretText('a2V5'),
    objectId: 'signer',
    tenantId: 'home',
    service,
    version: '2026-04-06',
    startsAt: addSeconds(now, -900),
    expiresAt: addSeconds(now, 604_800),
    delegatedTenantId,
  } as const;
}

describe('user delegation keys of one service and tenant', () => {
  /** Storage that gives each key as requested. */
  function answering() {
    const asked: DelegationKeyRequest[] = [];
    const requestKey: RequestDelegationKey = async (request) => {
      asked.push(request);
      return someKey(request.service.charAt(0), request.delegatedTenant);
    };
    return { asked, store: new StorageDelegationKeys({ requestKey }) };
  }

  it.each(['blob', 'queue', 'file'] as const)('are asked of the service itself: %s', async (service) => {
    const { asked, store } = answering();
    const key = await store.keyFor(account(), service, until, now, null);
    expect(key).toMatchObject({ service: service.charAt(0), objectId: 'signer', delegatedTenantId: null });
    expect(await store.keyFor(account(), service, until, now, null)).toBe(key);
    expect(asked.map((one) => one.service)).toEqual([service]);
  });

  it('are never used for another service', async () => {
    const { asked, store } = answering();
    await store.keyFor(account(), 'blob', until, now, null);
    expect((await store.keyFor(account(), 'queue', until, now, null)).service).toBe('q');
    expect(asked.map(({ service }) => service)).toEqual(['blob', 'queue']);
  });

  it('are separate for the users of each tenant and for tokens without a user', async () => {
    const { asked, store } = answering();
    const key = await store.keyFor(account(), 'blob', until, now, 'theirs');
    expect(key.delegatedTenantId).toBe('theirs');
    expect(await store.keyFor(account(), 'blob', until, now, 'theirs')).toBe(key);
    expect(await store.keyFor(account(), 'blob', until, now, 'others')).not.toBe(key);
    expect((await store.keyFor(account(), 'blob', until, now, null)).delegatedTenantId).toBeNull();
    expect(asked.map(({ delegatedTenant }) => delegatedTenant)).toEqual(['theirs', 'others', null]);
  });
});
