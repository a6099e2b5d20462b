import type { TokenCredential } from '@azure/identity';
import { SecretClient, type SecretClientOptions } from '@azure/keyvault-secrets';
import type { Cloud } from '../azure/clouds.ts';

/** One audience per cloud: learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates. */
const VAULT_SCOPES: Readonly<Record<Cloud, string>> = {
  public: 'https://vault.azure.net/.default',
  usgovernment: 'https://vault.usgovcloudapi.net/.default',
  china: 'https://vault.azure.cn/.default',
};

/** Retries are few and soon, because a request waits for the reply. */
const RETRIES = { maxRetries: 1, retryDelayInMs: 100, maxRetryDelayInMs: 500 };

/** Returns a client for one vault that requests tokens for Key Vault only. */
export function keyVaultSecretClient(
  url: string,
  credential: TokenCredential,
  cloud: Cloud,
  options: SecretClientOptions = {},
): SecretClient {
  return new SecretClient(url, vaultCredential(credential, VAULT_SCOPES[cloud]), {
    retryOptions: RETRIES,
    ...options,
    // The check compares the challenge with the host's name, so private and local names can fail it. The fixed scope
    // protects better.
    disableChallengeResourceVerification: true,
  });
}

/**
 * Restricts a credential to Key Vault. The SDK requests a token for any resource and tenant that the vault's 401
 * challenge names, so a hostile or hijacked endpoint could obtain a token for storage or Resource Manager.
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
