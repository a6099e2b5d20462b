import { account } from '../fakes/configuration.ts';
import { MemoryAzure } from '../fakes/memory-azure.ts';
import { MemoryEffects } from '../fakes/memory-effects.ts';
import { MemoryManagedKeys } from '../fakes/memory-managed-keys.ts';
import { memoryRotationPorts } from '../fakes/memory-rotation-ports.ts';
import { managedKeysContract } from './managed-keys.contract.ts';

managedKeysContract('memory', async ({ old } = { old: false }) => {
  const now = new Date();
  const azure = new MemoryAzure({ clock: () => now });
  azure.addAccount('media', old ? null : undefined);
  const effects = new MemoryEffects(azure);
  const { managedKeys, keyProbe } = memoryRotationPorts(effects);
  return {
    keys: managedKeys,
    keysAhead: (seconds) =>
      new MemoryManagedKeys(new MemoryEffects(azure, () => new Date(now.getTime() + seconds * 1000))),
    probe: keyProbe,
    account: account(),
    breakNext: async (call, fault) => effects.next(call, fault),
    landLate: async () => azure.landLate(),
    regenerations: async () => effects.count('regenerate'),
  };
});
