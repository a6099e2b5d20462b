import { ManagedIdentityCredential } from '@azure/identity';
import { inject } from 'vitest';
import { KeyVaultAccountKeys } from '../../shared/keys/key-vault-account-keys.ts';
import { keyVaultSecretClient } from '../../shared/keys/key-vault-client.ts';
import { account } from '../fakes/configuration.ts';
import { useManagedIdentity } from '../stack-client.ts';
import { accountKeysContract } from './account-keys.contract.ts';

let secrets = 0;

accountKeysContract('Key Vault', async () => {
  useManagedIdentity();
  const { keyVault, signerClientId } = inject('stack');
  const credential = new ManagedIdentityCredential(signerClientId);
  const secretName = `contract-${process.pid}-${++secrets}`;
  let down = false;
  const breakable = {
    name: 'breakable',
    sendRequest: (request: never, next: (request: never) => Promise<never>) =>
      down ? Promise.reject(new Error('the vault is down')) : next(request),
  };
  const additionalPolicies = [{ policy: breakable, position: 'perCall' as const }];
  const owner = keyVaultSecretClient(keyVault, credential, 'public');
  return {
    keys: new KeyVaultAccountKeys(
      keyVaultSecretClient(keyVault, credential, 'public', { additionalPolicies }),
    ),
    account: account({ keys: { secretName, secretFormat: 'key' } }),
    publish: async (value, name) => {
      await owner.setSecret(secretName, value, name === null ? {} : { tags: { CredentialId: name } });
    },
    withdraw: async () => {
      const { version } = (await owner.getSecret(secretName)).properties;
      await owner.updateSecretProperties(secretName, version ?? '', { enabled: false });
    },
    setFailing: (failing) => void (down = failing),
  };
});
