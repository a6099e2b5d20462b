import type { KeyName } from '../azure/services.ts';

/** As much of a live token's row as revocation needs. */
export interface LiveToken {
  /** The API's id. */
  readonly id: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly caller: { readonly issuer: string; readonly subject: string };
  readonly signedWith:
    | { readonly delegationKeyStartsAt: Date }
    /** Null: the secret had no `CredentialId`, so either key may have signed. */
    | { readonly key: KeyName | null };
}

/** Lists live tokens in the audit table. */
export interface LiveTokenList {
  /**
   * Tokens of `account` that expire after `now`, issued at `issuedSince` or later. `scannedAll` is false where the
   * deadline ended the search: there may be more.
   * @throws BrokerError `audit_unavailable` where nothing could be read.
   */
  list(
    account: string,
    range: { readonly issuedSince: Date | null; readonly now: Date; readonly deadline: Date },
  ): Promise<{ readonly tokens: readonly LiveToken[]; readonly scannedAll: boolean }>;
}
