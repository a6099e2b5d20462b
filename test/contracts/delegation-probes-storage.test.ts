import { ManagedIdentityCredential } from '@azure/identity';
import { inject } from 'vitest';
import { StorageDelegationProbes } from '../../shared/keys/storage-delegation-probes.ts';
import { delegationKeyRequester } from '../../shared/keys/storage-delegation-request.ts';
import { account } from '../fakes/configuration.ts';
import { newAccount, revokeDelegationKeys, useManagedIdentity } from '../stack-client.ts';
import { delegationProbesContract } from './delegation-probes.contract.ts';

delegationProbesContract('storage', async () => {
  useManagedIdentity();
  const { signerClientId } = inject('stack');
  const { name, blob, queue, table } = await newAccount();
  const credential = new ManagedIdentityCredential({ clientId: signerClientId });
  return {
    probes: new StorageDelegationProbes({
      requestKey: delegationKeyRequester(credential),
      callTimeoutMs: 4000,
    }),
    // Azurite gives keys for blobs only, and has no files.
    account: account({ name, endpoints: { blob, queue, table, file: `${blob}-file` } }),
    clock: () => new Date(),
    revoke: () => revokeDelegationKeys(name),
  };
});
