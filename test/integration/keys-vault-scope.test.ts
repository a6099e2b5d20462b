import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { keyVaultSecretClient } from '../../shared/keys/key-vault-client.ts';
import { useManagedIdentity } from '../stack-client.ts';

const asked: unknown[] = [];
let credential: TokenCredential;

beforeAll(() => {
  useManagedIdentity();
  const identity = new ManagedIdentityCredential(inject('stack').signerClientId);
  credential = {
    getToken: (scopes, options) => {
      asked.push([scopes, options?.tenantId]);
      return identity.getToken('https://vault.azure.net/.default', options);
    },
  };
});

describe('the vault client', () => {
  it.each([
    ['public', 'https://vault.azure.net/.default'],
    ['usgovernment', 'https://vault.usgovcloudapi.net/.default'],
    ['china', 'https://vault.azure.cn/.default'],
  ] as const)(
    'requests a token for the vaults of the configured cloud, whatever the challenge says: %s',
    async (cloud, scope) => {
      const client = keyVaultSecretClient(inject('stack').keyVault, credential, cloud);
      await client.setSecret('scope-test', 'x');
      // The challenge of the laptop vault names another resource and a tenant.
      expect(asked.splice(0)).toEqual([[scope, undefined]]);
    },
  );
});
