import type { AccessToken, TokenCredential } from '@azure/identity';

/**
 * Returns a credential that is created when it is first asked, and asks once for all who ask at the same time. Each client caches its access token, but several
 * clients of one identity start together, and the identity endpoint of a new instance is slow.
 */
export function askTogether(create: () => TokenCredential): TokenCredential {
  let created: TokenCredential | null = null;
  const asking = new Map<string, Promise<AccessToken | null>>();
  return {
    getToken: (scopes, options = {}) => {
      const credential = (created ??= create());
      // A request for other claims is about one refused token.
      if (options.claims !== undefined) return credential.getToken(scopes, options);
      const asked = `${options.tenantId ?? ''} ${[scopes].flat().join(' ')}`;
      const { abortSignal, ...shared } = options;
      // One who stops waiting must not stop the others, and whoever waits has a timeout.
      const token =
        asking.get(asked) ?? credential.getToken(scopes, shared).finally(() => asking.delete(asked));
      asking.set(asked, token);
      return token;
    },
  };
}
