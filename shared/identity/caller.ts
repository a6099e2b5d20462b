import type { Role } from '../config/broker-config.ts';

/** Who asks, from verified claims only. */
export interface Caller {
  /** The configured issuer's id, such as `entra`. */
  readonly issuer: string;
  /** The value of the issuer's `subject` claim: stable, never re-used. */
  readonly subject: string;
  /** For people reading the audit table; may change, decides nothing. */
  readonly name: string | null;
  /** The address the platform's own front end saw, without port; null where there is none. */
  readonly ip: string | null;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly roles: ReadonlySet<Role>;
}

/** Verified claims of a bearer token, before the edge adds the address and the roles. */
export interface VerifiedToken {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string | null;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Turns the text of a bearer token into verified claims. */
export interface BearerTokens {
  /**
   * @throws BrokerError `unauthenticated` (its `reason` names the check that failed, for the log) or
   * `identity_provider_unavailable` where the issuer's keys cannot be had.
   */
  verify(token: string, now: Date): Promise<VerifiedToken>;
}
