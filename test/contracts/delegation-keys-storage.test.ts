import { ManagedIdentityCredential } from '@azure/identity';
import { inject } from 'vitest';
import { StorageDelegationKeys } from '../../shared/keys/storage-delegation-keys.ts';
import { account } from '../fakes/configuration.ts';
import { newAccount, useManagedIdentity } from '../stack-client.ts';
import { delegationKeysContract } from './delegation-keys.contract.ts';

delegationKeysContract('storage', async () => {
  useManagedIdentity();
  const { name, blob, queue, table } = await newAccount();
  const identity = new ManagedIdentityCredential(inject('stack').signerClientId);
  let requests = 0;
  let down = false;
  let revokedAt: Date | null = null;
  const keys = new StorageDelegationKeys({
    credential: {
      // A token that has expired already is requested again for each call, so this counts and breaks every call.
      getToken: async (scopes, options) => {
        requests += 1;
        if (down) throw new Error('no network');
        return { ...(await identity.getToken(scopes, options)), expiresOnTimestamp: Date.now() };
      },
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
