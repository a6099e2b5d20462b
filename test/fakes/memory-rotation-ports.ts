import type { MemoryEffects } from './memory-effects.ts';
import { MemoryKeyProbe, MemoryManagedKeys } from './memory-managed-keys.ts';
import { MemoryPublishedSecrets } from './memory-published-secrets.ts';
import { MemoryRotationJournals } from './memory-rotation-journals.ts';
import { MemoryTokenCounter } from './memory-token-counter.ts';

/** Returns one instance's adapters. Instances that share a MemoryAzure see each other's effects. */
export const memoryRotationPorts = (effects: MemoryEffects) => ({
  managedKeys: new MemoryManagedKeys(effects),
  keyProbe: new MemoryKeyProbe(effects),
  publishedSecrets: new MemoryPublishedSecrets(effects),
  deaths: effects.azure.deaths,
  ticks: effects.azure.ticks,
  journals: new MemoryRotationJournals(effects),
  tokenCounter: new MemoryTokenCounter(effects),
});
