import type { SignedWith } from '../audit/audit-record.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { AccountKey, DelegationKey } from '../keys/signing-keys.ts';

/** A key that was obtained for one authorized token. */
export type SigningKey =
  | { readonly kind: 'service'; readonly key: AccountKey }
  | { readonly kind: 'user-delegation'; readonly key: DelegationKey };

/** A signed token. `query` has no leading `?`; `url` is the resource's URL with it. */
export interface SignedToken {
  readonly query: string;
  readonly url: string;
  readonly fingerprint: string;
  readonly signedWith: SignedWith;
  readonly correlationId: string | null;
}

/** Signs one authorized token with the official SDK of its service: computation only, no I/O. */
export type Sign = (token: AuthorizedToken, key: SigningKey, correlationId: string | null) => SignedToken;
