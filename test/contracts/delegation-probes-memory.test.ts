import { addSeconds } from '../../shared/iso-time.ts';
import { account } from '../fakes/configuration.ts';
import { MemoryAzure } from '../fakes/memory-azure.ts';
import { MemoryDelegationProbes } from '../fakes/memory-delegation-probes.ts';
import { delegationProbesContract } from './delegation-probes.contract.ts';

delegationProbesContract('memory', async () => {
  let now = new Date('2026-11-22T12:00:00Z');
  const clock = () => now;
  const azure = new MemoryAzure({ clock });
  azure.addAccount('media');
  return {
    probes: new MemoryDelegationProbes(azure),
    account: account(),
    clock,
    revoke: async () => {
      azure.account('media').delegationRevokedAt = now;
      now = addSeconds(now, 1);
    },
  };
});
