import { placeOf } from '../../shared/stored-policies/stored-policy.ts';
import { account } from '../fakes/configuration.ts';
import {
  MemoryPolicyLedgers,
  MemoryPolicyUses,
  MemoryStoredPolicies,
} from '../fakes/memory-stored-policies.ts';
import { policyLedgersContract, policyUsesContract } from './stored-policies-state.contract.ts';
import { storedPoliciesContract } from './stored-policies.contract.ts';

storedPoliciesContract('memory', 'blob', async () => {
  const stored = new MemoryStoredPolicies();
  const place = { account: account(), service: 'blob', name: 'photos' } as const;
  stored.make(place);
  return { stored, place };
});

policyLedgersContract('memory', async () => new MemoryPolicyLedgers());

policyUsesContract('memory', async () => {
  const uses = new MemoryPolicyUses();
  return {
    uses,
    add: async ({ resource, policy, expiresAt }) => {
      if (policy === null || !('service' in resource)) return;
      uses.add(placeOf(account({ name: resource.account }), resource), policy, expiresAt);
    },
  };
});
