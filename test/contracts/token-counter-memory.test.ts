import { MemoryAzure } from '../fakes/memory-azure.ts';
import { MemoryEffects } from '../fakes/memory-effects.ts';
import { MemoryTokenCounter } from '../fakes/memory-token-counter.ts';
import { type Fate, tokenCounterContract } from './token-counter.contract.ts';

tokenCounterContract('memory', async () => {
  const azure = new MemoryAzure({ clock: () => new Date() });
  const memory = new MemoryTokenCounter(new MemoryEffects(azure));
  let fate: Fate = 'pass';
  return {
    counter: {
      countSignedWith: (account, key, range) => {
        // The fake has no pages that could fail, so only the number of rows per call matters.
        memory.rowsPerCall = fate === 'run out of time' ? (range.begun ? 0 : 1000) : Infinity;
        return memory.countSignedWith(account, key, range);
      },
    },
    add: async (...records) => {
      for (const { resource, signedWith, issuedAt, expiresAt } of records)
        if ('key' in signedWith)
          azure.tokens.push({ account: resource.account, keyId: signedWith.keyId, issuedAt, expiresAt });
    },
    furtherPages: (next) => {
      fate = next;
    },
  };
});
