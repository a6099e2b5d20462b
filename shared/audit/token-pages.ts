import type { ReadRow } from '../tables/columns.ts';

/** A range of rows of one shard's tokens. They are read in the order of partition and row key. */
export type TokenRange =
  /** Rows of one partition whose row key is `rowsFrom` or higher. */
  | { readonly partition: string; readonly rowsFrom: string }
  /** Rows of the partitions from `from`, inclusive, to `before`, exclusive. */
  | { readonly from: string; readonly before: string };

/** One page to read. */
export interface TokenPageQuery {
  readonly range: TokenRange;
  /** The `rest` of the range's previous page; `''` for its first one. */
  readonly from: string;
  /** The most rows of the page. */
  readonly top: number;
  /** True: rows of every token, by their keys alone. False: rows that match the conditions, and add-on rows. */
  readonly keysOnly: boolean;
}

/** A page of rows. It may be short or empty and still have a `rest`. */
export interface TokenPage {
  readonly rows: readonly ReadRow[];
  /** Where the range's next page begins; null: this was the last one. */
  readonly rest: string | null;
}

/** Reads rows of tokens that match some conditions, for one call: it ends after a number of pages, or a time. */
export interface TokenPages {
  /**
   * Reads a page. Returns null once the limit of pages or the deadline ended the reading.
   * @throws BrokerError `audit_unavailable` if no page at all could be read.
   */
  read(query: TokenPageQuery): Promise<TokenPage | null>;
  /** How much of the pages or of the time is spent, from 0 to 1, whichever is more. */
  spent(): number;
}

/** Where a list continues: after the row `rowKey` of the hour; `''`: with the first row of the hour. */
export interface TokenPosition {
  /** `yyyymmddhh` of expiry. */
  readonly hour: string;
  readonly rowKey: string;
}

/** A token's row, and the rows that add to it. */
export interface TokenRows extends TokenPosition {
  readonly rows: readonly ReadRow[];
}

/** Gets the rows of one token after the other; false: no more are wanted. */
export type VisitToken = (token: TokenRows) => Promise<boolean>;
