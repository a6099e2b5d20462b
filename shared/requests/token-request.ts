import type { Resource } from '../azure/resources.ts';
import type { AgentKind, SasKind } from '../azure/sas-kinds.ts';

/** A valid token request: names resolved, times cut to seconds (see parse-token-request.ts). */
export interface TokenRequest {
  readonly resource: Resource;
  /** Azure's letters in Azure's order. */
  readonly permissions: string;
  readonly startsAt: Date | null;
  /** Null: the grant's default. */
  readonly expiresAt: Date | null;
  /** The member of the request that set the expiry. */
  readonly expiryMember?: 'ttl' | 'expiresAt';
  readonly kind: 'auto' | SasKind;
  /** An IPv4 address or `first-last`; null if any address may use the token. */
  readonly ip: string | null;
  readonly protocol: 'https' | 'https,http';
  readonly responseHeaders: ResponseHeaders;
  readonly encryptionScope: string | null;
  /** The id of a stored access policy, which requires a service SAS. */
  readonly policy: string | null;
  /** True to bind the token to a stored policy that the broker manages. Deleting that policy revokes the token. */
  readonly revocable: boolean;
  /** `bindTo: "caller"`: storage accepts the token only together with this user's own bearer token. */
  readonly boundUser: { readonly objectId: string; readonly tenantId: string } | null;
  /** `agent`: the user whom the token names as the caller (hierarchical accounts). */
  readonly agent: Agent | null;
  readonly clamp: boolean;
  readonly purpose: string | null;
}

/** authorized: storage trusts the signer that this user acts. unauthorized: storage also checks the user's own access (POSIX ACL). */
export interface Agent {
  readonly kind: AgentKind;
  readonly objectId: string;
}

/** `rscc rscd rsce rscl rsct`: headers that storage returns in place of the blob's own. */
export interface ResponseHeaders {
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly contentType?: string;
}
