import { MemoryAzure } from '../fakes/memory-azure.ts';
import { MemoryEffects } from '../fakes/memory-effects.ts';
import { MemoryRotationJournals } from '../fakes/memory-rotation-journals.ts';
import { rotationJournalsContract } from './rotation-journals.contract.ts';

rotationJournalsContract('memory', async () => {
  const azure = new MemoryAzure({ clock: () => new Date() });
  return {
    journals: new MemoryRotationJournals(new MemoryEffects(azure)),
    garble: async (name, text) => void azure.journals.set(name, { text, etag: azure.unique('etag') }),
    remove: async (name) => void azure.journals.delete(name),
  };
});
