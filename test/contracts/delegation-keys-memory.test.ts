import { account } from '../fakes/configuration.ts';
import { MemoryDelegationKeys } from '../fakes/memory-delegation-keys.ts';
import { delegationKeysContract } from './delegation-keys.contract.ts';

delegationKeysContract('memory', async () => {
  const keys = new MemoryDelegationKeys();
  return {
    keys,
    account: account(),
    requests: () => keys.requests,
    setFailing: (failing) => void (keys.failing = failing),
    revoke: (at) => void (keys.revokedAt = at),
  };
});
