import type { Resource } from '../azure/resources.ts';
import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { Agent, ResponseHeaders } from '../requests/token-request.ts';
import type { StoredPolicy } from '../stored-policies/stored-policy.ts';
import type { Narrower } from './narrower.ts';
import type { SasKind } from '../azure/sas-kinds.ts';

declare const authorized: unique symbol;

/**
 * A request narrowed to what one grant allows: the only thing a signer takes. Only `authorize` makes it, which the
 * brand keeps so at compile time.
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
  /** What the policy holds and the token must therefore leave out; the token's members carry the policy's values. */
  readonly omit: { readonly permissions: boolean; readonly expiry: boolean; readonly start: boolean };
  /** `sduoid` and `skdutid`: only this user of this tenant can use the token, with a bearer token of their own. */
  readonly delegatedUser: { readonly objectId: string; readonly tenantId: string } | null;
  /** `saoid` or `suoid`: who acts; of a hierarchical account. */
  readonly agent: Agent | null;
  readonly purpose: string | null;
  readonly grant: string;
  readonly clamped: readonly Clamped[];
  readonly narrower: Narrower;
}

/**
 * The same token, resting on a managed policy that holds just its letters: it can do no more than was authorized, and
 * carries its own expiry and start.
 */
export function bindToPolicy(token: AuthorizedToken, policy: StoredPolicy): AuthorizedToken {
  if (policy.permissions !== token.permissions || policy.expiresAt !== null || policy.startsAt !== null)
    throw new BrokerError('internal', 'The token could not be bound to its policy.', {
      reason: `policy ${policy.id} is not of the token's terms`,
    });
  return { ...token, policy: policy.id, omit: { permissions: true, expiry: false, start: false } };
}

/** One member that was narrowed because the caller said `clamp`; values as they would stand in a request. */
export interface Clamped {
  readonly field: string;
  readonly asked: string | null;
  readonly granted: string;
}
