import type { AuditRecord, StoredAuditRecord } from '../audit/audit-record.ts';
import { tokenId } from '../audit/row-keys.ts';
import { mortalTokenOf } from '../deaths/mortal-token.ts';
import type { MortalToken } from '../deaths/token-state.ts';

/** The part of a live token's row that revocation needs. */
export interface LiveToken extends MortalToken {
  /** The token's id in the API. */
  readonly id: string;
  readonly account: string;
  readonly grant: string;
  readonly caller: Pick<AuditRecord['caller'], 'issuer' | 'subject' | 'name'>;
  /** Object id of the identity that obtained the user delegation key; null if an account key signed the token. */
  readonly delegator: string | null;
}

/** Which tokens to read. */
export interface LiveTokenQuery {
  /** Null: tokens of every account. */
  readonly account: string | null;
  /** Tokens that expire after it. */
  readonly expiresAfter: Date;
  /** Tokens that were issued at it or later; null: at any time. */
  readonly issuedSince: Date | null;
  readonly deadline: Date;
}

/** Reads live tokens from the audit table. */
export interface LiveTokenReader {
  /**
   * Gives `take` the tokens page by page, each token once, and keeps none of them.
   * @returns `scannedAll` false if the deadline or the limit of pages ended the scan, so there may be more.
   * @throws BrokerError `audit_unavailable` if nothing could be read; and what `take` throws.
   */
  scan(
    query: LiveTokenQuery,
    take: (tokens: readonly LiveToken[]) => void,
  ): Promise<{ readonly scannedAll: boolean }>;
}

/** Returns the same part of a whole record. */
export function liveTokenOf(record: StoredAuditRecord): LiveToken {
  const { key, resource, grant, caller, signedWith } = record;
  return {
    ...mortalTokenOf(record),
    id: tokenId(key),
    account: resource.account,
    grant,
    caller: { issuer: caller.issuer, subject: caller.subject, name: caller.name },
    delegator: 'delegationKey' in signedWith ? signedWith.delegationKey.objectId : null,
  };
}
