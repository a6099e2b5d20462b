import { ManagedIdentityCredential } from '@azure/identity';
import { inject } from 'vitest';
import { StorageDelegationKeys } from '../../shared/keys/storage-delegation-keys.ts';
import { delegationKeyRequester } from '../../shared/keys/storage-delegation-request.ts';
import { account } from '../fakes/configuration.ts';
import { newAccount, useManagedIdentity } from '../stack-client.ts';
import { delegationKeysContract } from './delegation-keys.contract.ts';

delegationKeysContract('storage', async () => {
  useManagedIdentity();
  const { name, blob, queue, table } = await newAccount();
  const identity = new ManagedIdentityCredential(inject('stack').signerClientId);
  const requestKey = delegationKeyRequester(identity);
  let requests = 0;
  let down = false;
  let revokedAt: Date | null = null;
  const keys = new StorageDelegationKeys({
    requestKey: (request, signal) => {
      requests += 1;
      return down ? Promise.reject(new Error('no network')) : requestKey(request, signal);
    },
    revocations: { revokedAt: async () => revokedAt },
  });
  return {
    keys,
    account: account({ name, endpoints: { blob, queue, table, file: blob } }),
    requests: () => requests,
    setFailing: (failing) => void (down = failing),
    revoke: (at) => void (revokedAt = at),
  };
});
