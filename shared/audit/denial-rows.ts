import type { AuditRecord } from './audit-record.ts';

/** What one row says of denials: one denial, or the number of further ones in a minute. */
export interface RecordedDenials {
  /** The start of the minute if the row counts further denials. */
  readonly at: Date;
  readonly caller: Pick<AuditRecord['caller'], 'issuer' | 'subject' | 'name'>;
  readonly count: number;
  /** Null if the row counts further denials. */
  readonly reason: string | null;
}

/** Which denials to read. */
export interface DenialRange {
  /** Inclusive. */
  readonly since: Date;
  /** Exclusive. */
  readonly until: Date;
}

/** Reads denials from the audit table. */
export interface DenialRows {
  /**
   * Gives `take` the denials page by page, each row once, in no order, and keeps none of them.
   * @returns `scannedAll` false if the deadline or the limit of pages ended the scan, so there may be more.
   * @throws BrokerError `audit_unavailable` if nothing could be read; and what `take` throws.
   */
  scan(
    range: DenialRange,
    deadline: Date,
    take: (denials: readonly RecordedDenials[]) => void,
  ): Promise<{ readonly scannedAll: boolean }>;
}
