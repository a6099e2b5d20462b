import type { Resource } from '../azure/resources.ts';
import type { AgentKind, SasKind } from '../azure/sas-kinds.ts';
import type { KeyName } from '../azure/services.ts';
import type { Caller } from '../identity/caller.ts';

/** Everything about one issued token except the token itself. It is written before the token leaves and never changes. */
export interface AuditRecord {
  /** The keys of its row. */
  readonly key: RowKeys;
  readonly issuedAt: Date;
  readonly startsAt: Date | null;
  readonly expiresAt: Date;
  readonly kind: SasKind;
  readonly resource: Resource;
  readonly permissions: string;
  readonly ip: string | null;
  readonly protocol: 'https' | 'https,http';
  readonly policy: string | null;
  /** The identity that the token names as its user (`saoid`, `suoid`). */
  readonly agent: { readonly kind: AgentKind; readonly objectId: string } | null;
  /** Object id of the only user who can use the token, together with that user's own bearer token (`sduoid`). */
  readonly boundTo: string | null;
  readonly grant: string;
  readonly caller: {
    readonly issuer: string;
    readonly subject: string;
    readonly name: string | null;
    readonly ip: string | null;
  };
  readonly signedWith: SignedWith;
  /** The `scid` in the token, if its kind has one. */
  readonly correlationId: string | null;
  readonly purpose: string | null;
  readonly requestId: string;
}

/** The key that signed a token. */
export type SignedWith =
  | {
      readonly key: KeyName | null;
      readonly secretVersion: string;
      /** The id of the key's value (`keyIdOf`); null in rows that were written without it. */
      readonly keyId: string | null;
    }
  | {
      readonly delegationKey: {
        readonly objectId: string;
        readonly startsAt: Date;
        readonly expiresAt: Date;
      };
    };

/**
 * The parts of a row's keys. Shard and hour form the partition key, fingerprint and suffix the row key; `id` in the API
 * combines all four (row-keys.ts).
 */
export interface RowKeys {
  readonly shard: number;
  /** `yyyymmddhh` of the token's expiry, UTC. */
  readonly hour: string;
  /** Lower-case hex SHA-256 of the URL-decoded `sig`. */
  readonly fingerprint: string;
  /** 8 random characters of lower-case base32, which distinguish equal tokens. */
  readonly suffix: string;
}

/** A record as it is read, with what a later row adds to it. */
export interface StoredAuditRecord extends AuditRecord {
  readonly completion: Completion | null;
}

/** What a caller reports about the work that a token was for. */
export interface Completion {
  readonly outcome: string;
  readonly at: Date;
  readonly detail: string | null;
}

/** A request of an authenticated caller that was denied. */
export interface DenialRecord {
  readonly at: Date;
  readonly caller: AuditRecord['caller'];
  readonly requestId: string;
  /** Problem code, such as `forbidden`. */
  readonly code: string;
  /** Requested canonical path, at most 1,100 characters; null if the request has none. */
  readonly resource: string | null;
  readonly permissions: string | null;
  readonly kind: string | null;
  readonly reason: string;
  readonly purpose: string | null;
}

/** An administrative event: the configuration at start, a rotation step, a revocation, or a policy change. */
export interface AdministrativeEvent {
  readonly at: Date;
  readonly type: string;
  readonly account: string | null;
  /** Who or what caused it: `issuer/subject` of a caller, or a part of the broker, such as `start`. */
  readonly actor: string;
  /** The name of a caller who caused it, for people to read. */
  readonly actorName?: string | null;
  /** The phase and active key of the account's rotation right after it, if it is about rotation. */
  readonly phase?: string | null;
  readonly activeKey?: KeyName | null;
  readonly detail: string;
}

/** The append-only audit table. Every call ends by its `deadline`. */
export interface AuditLog {
  /**
   * Writes a record and returns once its row is durable. Records that are appended in one turn of the event loop share as few
   * transactions as they have partitions; each has its own outcome.
   * @returns how many rows the write had that made it durable.
   * @throws BrokerError `audit_unavailable` if that is not certain by `deadline`; the row may still exist.
   */
  append(record: AuditRecord, deadline: Date): Promise<number>;
  /**
   * Writes the completion of the record with these keys. A record has at most one.
   * @throws BrokerError `audit_unavailable`, also if the record has one already: read the record again to find out.
   */
  appendCompletion(key: RowKeys, completion: Completion, requestId: string, deadline: Date): Promise<void>;
  /** Writes a denial. Never throws: a denial that cannot be written is still a denial. */
  appendDenial(denial: DenialRecord, deadline: Date): Promise<void>;
  /** Writes an event and returns once its row is durable. @throws BrokerError `audit_unavailable`. */
  appendEvent(event: AdministrativeEvent, deadline: Date): Promise<void>;
  /** Returns the record with exactly these keys, or null. @throws BrokerError `audit_unavailable`. */
  find(key: RowKeys, deadline: Date): Promise<StoredAuditRecord | null>;
  /**
   * Returns every record of a fingerprint, oldest issuance first. `hours` (inclusive, `yyyymmddhh` of expiry) limits the
   * scan; null scans all partitions. `scannedAll` is false if `deadline` ended the scan early.
   * @throws BrokerError `audit_unavailable`.
   */
  findByFingerprint(
    fingerprint: string,
    hours: { readonly from: string; readonly to: string } | null,
    deadline: Date,
  ): Promise<{ readonly records: readonly StoredAuditRecord[]; readonly scannedAll: boolean }>;
}

/** Returns the members of a caller that rows store. */
export function recordedCaller({ issuer, subject, name, ip }: Caller): AuditRecord['caller'] {
  return { issuer, subject, name, ip };
}

/** Returns how an `AdministrativeEvent` names a caller: `issuer/subject`. */
export function actorOf({ issuer, subject }: Pick<Caller, 'issuer' | 'subject'>): string {
  return `${issuer}/${subject}`;
}
