import type { KeyName } from '../azure/services.ts';

/** The part of a live token's row that revocation needs. */
export interface LiveToken {
  /** The token's id in the API. */
  readonly id: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly caller: { readonly issuer: string; readonly subject: string };
  readonly signedWith:
    | { readonly delegationKeyStartsAt: Date }
    /** Null if the secret had no `CredentialId`, so either key may have signed the token. */
    | { readonly key: KeyName | null };
}

/** Lists live tokens in the audit table. */
export interface LiveTokenReader {
  /**
   * Lists the tokens of `account` that expire after `now` and were issued at `issuedSince` or later (null: at any time).
   * `scannedAll` is false if the deadline ended the search, so there may be more.
   * @throws BrokerError `audit_unavailable` if nothing could be read.
   */
  list(
    account: string,
    range: { readonly issuedSince: Date | null; readonly now: Date; readonly deadline: Date },
  ): Promise<{ readonly tokens: readonly LiveToken[]; readonly scannedAll: boolean }>;
}
