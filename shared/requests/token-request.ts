import type { Resource } from '../azure/resources.ts';
import type { AgentKind, SasKind } from '../azure/sas-kinds.ts';

/** What a caller asks for, with its shape checked, names resolved and times cut to seconds (see parse-token-request.ts). */
export interface TokenRequest {
  readonly resource: Resource;
  /** Azure's letters in Azure's order. */
  readonly permissions: string;
  readonly startsAt: Date | null;
  /** Null: the grant's default. */
  readonly expiresAt: Date | null;
  /** Which member of the request the expiry came from. */
  readonly expiryMember?: 'ttl' | 'expiresAt';
  readonly kind: 'auto' | SasKind;
  /** An IPv4 address or `first-last`; null where any address may use the token. */
  readonly ip: string | null;
  readonly protocol: 'https' | 'https,http';
  readonly responseHeaders: ResponseHeaders;
  readonly encryptionScope: string | null;
  /** A stored access policy's id: a service SAS. */
  readonly policy: string | null;
  /** The token is to be bound to a stored policy that the broker manages, so that it can be killed by deleting that. */
  readonly revocable: boolean;
  /** `bindTo: "caller"`: the token is good only with this user's own bearer token beside it. */
  readonly boundUser: { readonly objectId: string; readonly tenantId: string } | null;
  /** `agent`: the caller as storage knows them, named in the token (hierarchical accounts). */
  readonly agent: Agent | null;
  readonly clamp: boolean;
  readonly purpose: string | null;
}

/** authorized: storage takes the signer's word for who acts. unauthorized: it also checks their own access (POSIX ACL). */
export interface Agent {
  readonly kind: AgentKind;
  readonly objectId: string;
}

/** `rscc rscd rsce rscl rsct`: headers that storage sends back in place of the blob's own. */
export interface ResponseHeaders {
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly contentType?: string;
}
