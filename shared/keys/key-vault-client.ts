import type { TokenCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import type { SecretClientOptions } from '@azure/keyvault-secrets';
import type { Cloud } from '../azure/clouds.ts';

/** learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates: one audience a cloud. */
const VAULT_SCOPES: Readonly<Record<Cloud, string>> = {
  public: 'https://vault.azure.net/.default',
  usgovernment: 'https://vault.usgovcloudapi.net/.default',
  china: 'https://vault.azure.cn/.default',
};

/** A vault is asked again soon or not at all: a request waits for the answer. */
const RETRIES = { maxRetries: 1, retryDelayInMs: 100, maxRetryDelayInMs: 500 };

/** A client for one vault that never asks for a token for anything but Key Vault. */
export function keyVaultSecretClient(
  url: string,
  credential: TokenCredential,
  cloud: Cloud,
  options: SecretClientOptions = {},
): SecretClient {
  return new SecretClient(url, vaultCredential(credential, VAULT_SCOPES[cloud]), {
    retryOptions: RETRIES,
    ...options,
    // The check compares the challenge with the host's name, which a private or local name need not pass; the fixed
    // scope protects better.
    disableChallengeResourceVerification: true,
  });
}

/**
 * The SDK asks for a token for whatever resource and tenant the vault's 401 challenge names. A hostile or hijacked
 * endpoint could so harvest a token for storage or Resource Manager; this one is only ever good for Key Vault.
 */
function vaultCredential(credential: TokenCredential, scope: string): TokenCredential {
  return {
    getToken: (_challenged, options = {}) => {
      const own = { ...options };
      delete own.tenantId;
      return credential.getToken(scope, own);
    },
  };
}
