import type { Resource } from '../azure/resources.ts';
import type { SasKind } from '../azure/sas-kinds.ts';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { Agent, ResponseHeaders } from '../requests/token-request.ts';
import type { StoredPolicy } from '../stored-policies/stored-policy.ts';
import type { Narrower } from './narrower.ts';

declare const authorized: unique symbol;

/**
 * A request narrowed to what one grant allows: the only thing that a signer accepts. Only `authorize` makes one; the
 * brand enforces that at compile time.
 */
export interface AuthorizedToken {
  readonly [authorized]: true;
  readonly account: StorageAccount;
  readonly resource: Resource;
  readonly kind: SasKind;
  readonly kindReason: string;
  readonly permissions: string;
  readonly startsAt: Date | null;
  readonly expiresAt: Date;
  readonly ip: string | null;
  readonly protocol: 'https' | 'https,http';
  readonly responseHeaders: ResponseHeaders;
  readonly encryptionScope: string | null;
  /** A stored access policy's id (`si`). */
  readonly policy: string | null;
  /** What the policy sets, so the SAS must leave it out; the members above hold the policy's values. */
  readonly omit: { readonly permissions: boolean; readonly expiry: boolean; readonly start: boolean };
  /** `sduoid` and `skdutid`: only this user of this tenant can use the token, together with their own bearer token. */
  readonly delegatedUser: { readonly objectId: string; readonly tenantId: string } | null;
  /** `saoid` or `suoid`: who acts. Hierarchical accounts only. */
  readonly agent: Agent | null;
  readonly purpose: string | null;
  readonly grant: string;
  readonly clamped: readonly Clamped[];
  readonly narrower: Narrower;
}

/**
 * Binds a token to a managed policy that sets exactly its letters. The token can do no more than was authorized, and
 * keeps its own expiry and start.
 * @throws BrokerError `internal` if the policy sets anything else.
 */
export function bindToPolicy(token: AuthorizedToken, policy: StoredPolicy): AuthorizedToken {
  if (policy.permissions !== token.permissions || policy.expiresAt !== null || policy.startsAt !== null)
    throw new BrokerError('internal', 'The token could not be bound to its policy.', {
      reason: `policy ${policy.id} does not match the token's terms`,
    });
  return { ...token, policy: policy.id, omit: { permissions: true, expiry: false, start: false } };
}

/** One member that was narrowed because the request had `clamp`; values as a request would write them. */
export interface Clamped {
  readonly field: string;
  readonly asked: string | null;
  readonly granted: string;
}
