import { ManagedIdentityCredential } from '@azure/identity';
import type { SecretClient, SecretClientOptions } from '@azure/keyvault-secrets';
import { inject } from 'vitest';
import { keyVaultSecretClient } from '../../shared/keys/key-vault-client.ts';
import { KeyVaultPublishedSecrets, NO_RETRIES } from '../../shared/rotation/key-vault-published-secrets.ts';
import { account } from '../fakes/configuration.ts';
import type { Fault } from '../fakes/effects.ts';
import { keyVaultFault, useManagedIdentity } from '../stack-client.ts';
import { publishedSecretsContract } from './published-secrets.contract.ts';

type PipelinePolicy = NonNullable<SecretClientOptions['additionalPolicies']>[number]['policy'];

const OPERATIONS = { latest: 'get', publish: 'set', disableAllBut: 'update' } as const;
let made = 0;

publishedSecretsContract('Key Vault', async (secretFormat) => {
  useManagedIdentity();
  const { keyVault, rotatorClientId } = inject('stack');
  const credential = new ManagedIdentityCredential({ clientId: rotatorClientId });
  let before = async (): Promise<void> => undefined;
  const policy: PipelinePolicy = {
    name: 'beforeCall',
    sendRequest: async (request, next) => {
      await before();
      return next(request);
    },
  };
  const client = keyVaultSecretClient(keyVault, credential, 'public', {
    ...NO_RETRIES,
    additionalPolicies: [{ policy, position: 'perCall' }],
  });
  const secretName = `published-${process.pid}-${++made}`;
  const secrets = new KeyVaultPublishedSecrets({ client, callTimeoutMs: 5000, clock: () => new Date() });
  return {
    secrets,
    account: account({ keys: { secretName, secretFormat } }),
    setSecret: async (text, tags) => {
      await client.setSecret(secretName, text, tags && { tags });
    },
    remove: async () => {
      await client.beginDeleteSecret(secretName);
    },
    disableLatest: async () => {
      const { version = '' } = (await client.getSecret(secretName)).properties;
      await client.updateSecretProperties(secretName, version, { enabled: false });
    },
    versions: () => versionsOf(client, secretName),
    beforeCall: (nth, act) => {
      let calls = 0;
      before = async () => {
        if (calls++ === nth) await act();
      };
    },
    breakNext: (call, fault) =>
      keyVaultFault({
        operation: OPERATIONS[call],
        name: secretName,
        ...standInFault(fault, call !== 'publish'),
      }),
  };
});

async function versionsOf(client: SecretClient, secretName: string) {
  const versions = [];
  for await (const one of client.listPropertiesOfSecretVersions(secretName))
    versions.push({ version: one.version ?? '', tags: one.tags ?? {}, enabled: one.enabled ?? true });
  return versions;
}

function standInFault(fault: Fault, triedTwice: boolean) {
  switch (fault.kind) {
    case 'fail':
      return { fault: 'refuse', status: 500, times: triedTwice ? 2 : 1 } as const;
    case 'refuse':
      return { fault: 'refuse' } as const;
    case 'throttle':
      return { fault: 'throttle', retryAfter: fault.retryAfter } as const;
    case 'lose':
      return { fault: 'lose-reply' } as const;
    case 'late':
      return { fault: 'lose-reply', delayMs: 500 } as const;
  }
}
