import type { KeyName } from '../azure-storage.ts';

/** Tokens that an account key signed and that have not expired. */
export interface LiveTokens {
  readonly count: number;
  /** Null where there are none. */
  readonly latestExpiry: Date | null;
}

/** Counts issued tokens in the audit table. */
export interface LiveTokenCounts {
  /**
   * Tokens of `account` signed with `key` that expire after `now`, all of them: a read that fails or runs out of time
   * throws. Rows issued before `issuedSince` are left out (the key is younger than they are).
   * @throws BrokerError `audit_unavailable`.
   */
  signedWith(
    account: string,
    key: KeyName,
    range: { readonly issuedSince: Date | null; readonly now: Date; readonly deadline: Date },
  ): Promise<LiveTokens>;
}
