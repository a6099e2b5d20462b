import type { KeyName } from '../azure/services.ts';

/** Tokens that an account key signed and that have not expired. */
export interface LiveTokens {
  readonly count: number;
  /** Null where there are none. */
  readonly latestExpiry: Date | null;
}

/** A count that may not have come to its end. */
export interface TokenCount extends LiveTokens {
  /** Where the very same count goes on, here or in another process; null: every token was counted. */
  readonly rest: string | null;
}

/** Which tokens to count, and for how long. */
export interface CountRange {
  /** Rows issued before are left out: the key is younger than they are. */
  readonly issuedSince: Date | null;
  /** Tokens count that expire later. One that goes on keeps to the time that it began with. */
  readonly now: Date;
  readonly deadline: Date;
  /** Rows count as well that name the other key. */
  readonly anyName?: boolean;
  /** What an earlier call came to. Of other tokens than these, it counts for nothing. */
  readonly begun?: TokenCount;
}

/** Counts issued tokens in the audit table. */
export interface TokenCounts {
  /**
   * Tokens of `account` signed with `key`: as many as can be read by the deadline, in a memory that does not grow with
   * them. What was counted counts once, whatever fails in between.
   * @throws BrokerError `audit_unavailable` where it got no further by the deadline, or a row cannot be read.
   */
  countSignedWith(account: string, key: KeyName, range: CountRange): Promise<TokenCount>;
}
