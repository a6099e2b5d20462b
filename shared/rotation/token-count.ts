import type { KeyName } from '../azure/services.ts';
import { type KeyHashes, keyIdOf } from '../keys/key-hash.ts';

/** A number of tokens that may depend on one account key and that have not expired. */
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
  /** The account's present keys, which tell whose value a row names. */
  readonly hashes: KeyHashes;
  /** Leaves out tokens that were issued earlier, because they are older than the key. */
  readonly issuedSince: Date | null;
  /** Counts tokens that expire later than this. A count that is continued keeps the instant that it began with. */
  readonly now: Date;
  readonly deadline: Date;
  /** The result of an earlier call. It is ignored if that call counted other tokens. */
  readonly begun?: CountProgress;
}

/** Counts issued tokens in the audit table. */
export interface TokenCounter {
  /**
   * Counts the service and account SAS of `account` that may depend on `key`, as many as can be read by the deadline:
   * every one whose row does not name the other key's value. A row that names no value, or one of neither key, counts for
   * both. Memory use does not grow with their number, and no token is counted twice, whatever fails in between.
   * @throws BrokerError `audit_unavailable` if the count made no progress by the deadline, or a row cannot be read.
   */
  countSignedWith(account: string, key: KeyName, range: CountRange): Promise<CountProgress>;
}

/** Returns the key id of the key that is not `key`; null if both keys have the same, so it distinguishes nothing. */
export function otherKeyId(key: KeyName, hashes: KeyHashes): string | null {
  const other = keyIdOf(key === 'key1' ? hashes.key2 : hashes.key1);
  return other === keyIdOf(hashes[key]) ? null : other;
}
