import { MemoryAzure } from '../fakes/memory-azure.ts';
import { MemoryEffects } from '../fakes/memory-effects.ts';
import { MemoryLiveTokens } from '../fakes/memory-live-tokens.ts';
import { liveTokensContract } from './live-tokens.contract.ts';

liveTokensContract('memory', async () => {
  const azure = new MemoryAzure({ clock: () => new Date() });
  return {
    liveTokens: new MemoryLiveTokens(new MemoryEffects(azure)),
    add: async ({ resource, signedWith, issuedAt, expiresAt }) => {
      if ('key' in signedWith)
        azure.tokens.push({ account: resource.account, key: signedWith.key, issuedAt, expiresAt });
    },
  };
});
