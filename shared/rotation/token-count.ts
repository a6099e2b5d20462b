import type { KeyName } from '../azure/services.ts';

/** A number of tokens that an account key signed and that have not expired. */
export interface TokenCount {
  readonly count: number;
  /** Null if there are no such tokens. */
  readonly latestExpiry: Date | null;
}

/** A count that may not be complete. */
export interface CountProgress extends TokenCount {
  /** Where this process or another one continues the same count; null if every token was counted. */
  readonly rest: string | null;
}

/** Which tokens to count, and until when. */
export interface CountRange {
  /** Leaves out tokens that were issued earlier, because they are older than the key. */
  readonly issuedSince: Date | null;
  /** Counts tokens that expire later than this. A count that is continued keeps the instant that it began with. */
  readonly now: Date;
  readonly deadline: Date;
  /** Also counts rows that name the other key. */
  readonly anyName?: boolean;
  /** The result of an earlier call. It is ignored if that call counted other tokens. */
  readonly begun?: CountProgress;
}

/** Counts issued tokens in the audit table. */
export interface TokenCounter {
  /**
   * Counts tokens of `account` that were signed with `key`, as many as can be read by the deadline. Memory use does not
   * grow with their number, and no token is counted twice, whatever fails in between.
   * @throws BrokerError `audit_unavailable` if the count made no progress by the deadline, or a row cannot be read.
   */
  countSignedWith(account: string, key: KeyName, range: CountRange): Promise<CountProgress>;
}
