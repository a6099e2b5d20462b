import { account } from '../fakes/configuration.ts';
import { MemoryAccountKeys } from '../fakes/memory-account-keys.ts';
import { accountKeysContract } from './account-keys.contract.ts';

accountKeysContract('memory', async () => {
  const keys = new MemoryAccountKeys();
  return {
    keys,
    account: account(),
    publish: async (value, name) => keys.publish('media', value, name),
    withdraw: async () => keys.withdraw('media'),
    setFailing: (failing) => void (keys.failing = failing),
  };
});
