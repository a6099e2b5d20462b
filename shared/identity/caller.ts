import type { Role } from '../config/broker-config.ts';
import type { Claims } from '../config/claim-value.ts';

/** The caller of a request, as verified claims describe it. */
export interface Caller {
  /** The id of the configured issuer, such as `entra`. */
  readonly issuer: string;
  /** The value of the issuer's `subject` claim: stable and never reused. */
  readonly subject: string;
  /** For people who read the audit table. It may change, so no decision depends on it. */
  readonly name: string | null;
  /** The address that the platform's front end saw, without a port; null if there is none. */
  readonly ip: string | null;
  readonly claims: Claims;
  readonly roles: ReadonlySet<Role>;
}

/** The verified claims of a bearer token, before the edge adds the address and the roles. */
export interface VerifiedToken {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string | null;
  readonly claims: Claims;
}

/** Verifies bearer tokens. */
export interface BearerTokens {
  /**
   * Returns the verified claims of a bearer token.
   * @throws BrokerError `unauthenticated`, whose `reason` names the failed check for the log, or
   * `identity_provider_unavailable` if the issuer's keys are unavailable.
   */
  verify(token: string, now: Date): Promise<VerifiedToken>;
  /**
   * Reads the keys of a configured issuer, named by its `issuer`, unless they are cached.
   * @throws BrokerError `identity_provider_unavailable`.
   */
  readKeys(issuer: string, now: Date): Promise<void>;
}
