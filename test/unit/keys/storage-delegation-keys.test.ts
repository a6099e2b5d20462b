import type { TokenCredential } from '@azure/identity';
import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { StorageDelegationKeys } from '../../../shared/keys/storage-delegation-keys.ts';
import { account } from '../../fakes/configuration.ts';

const now = new Date('2026-11-22T12:00:00Z');

function storage(getToken: TokenCredential['getToken'], callDeadline = 1000) {
  const faults: BrokerError[] = [];
  const onFault = (error: BrokerError): void => void faults.push(error);
  const keys = new StorageDelegationKeys({ credential: { getToken }, onFault, callDeadline });
  return { faults, ask: (at = now) => keys.covering(account(), 'blob', addSeconds(at, 900), at, null) };
}

describe('user delegation keys', () => {
  it('are not asked for more than once a second while storage fails', async () => {
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

  it('are given up at the deadline where the identity hangs', async () => {
    const { ask } = storage(() => new Promise(() => undefined), 20);
    await expect(ask()).rejects.toMatchObject({ reason: expect.stringMatching(/Timeout/) as string });
  });

  it('are asked for once by many, also where that fails', async () => {
    const { ask, faults } = storage(() => Promise.reject(new Error('down')));
    await Promise.allSettled(Array.from({ length: 10 }, () => ask()));
    expect(faults).toHaveLength(1);
  });
});
