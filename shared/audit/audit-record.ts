import type { Resource } from '../azure/resources.ts';
import type { KeyName } from '../azure/services.ts';
import type { AgentKind, SasKind } from '../azure/sas-kinds.ts';
import type { Caller } from '../identity/caller.ts';

/** Everything about one issued token but the token itself. Written before the token leaves, never changed. */
export interface AuditRecord {
  /** Where the row stands: shard and hour of expiry make the partition, fingerprint and suffix the row (row-keys.ts). */
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
  /** Who the token names as the one who acts (`saoid`, `suoid`). */
  readonly agent: { readonly kind: AgentKind; readonly objectId: string } | null;
  /** The object id of the one user who can use the token, with a bearer token of their own (`sduoid`). */
  readonly boundTo: string | null;
  readonly grant: string;
  readonly caller: {
    readonly issuer: string;
    readonly subject: string;
    readonly name: string | null;
    readonly ip: string | null;
  };
  readonly signedWith: SignedWith;
  /** The `scid` in the token, where its kind has one. */
  readonly correlationId: string | null;
  readonly purpose: string | null;
  readonly requestId: string;
}

export type SignedWith =
  | { readonly key: KeyName | null; readonly secretVersion: string }
  | {
      readonly delegationKey: {
        readonly objectId: string;
        readonly startsAt: Date;
        readonly expiresAt: Date;
      };
    };

/** The parts of a row's two keys; `id` in the API is their text (row-keys.ts). */
export interface RowKeys {
  readonly shard: number;
  /** `yyyymmddhh` of the token's expiry, UTC. */
  readonly hour: string;
  /** Lower-case hex SHA-256 of the URL-decoded `sig`. */
  readonly fingerprint: string;
  /** 8 random characters of lower-case base32: equal tokens are told apart by it. */
  readonly suffix: string;
}

/** A record as it is read: with what was added to it later. */
export interface StoredAuditRecord extends AuditRecord {
  readonly revokedAt: Date | null;
  readonly completion: Completion | null;
}

/** What a caller says of the work that a token was for. */
export interface Completion {
  readonly outcome: string;
  readonly at: Date;
  readonly detail: string | null;
}

/** A refusal of an authenticated caller. */
export interface DenialRecord {
  readonly at: Date;
  readonly caller: AuditRecord['caller'];
  readonly requestId: string;
  /** Problem code, such as `forbidden`. */
  readonly code: string;
  /** Canonical path asked for, at most 1,100 characters; null where the request names none. */
  readonly resource: string | null;
  readonly permissions: string | null;
  readonly kind: string | null;
  readonly reason: string;
  readonly purpose: string | null;
}

/** An administrative event: configuration at start, rotation steps, revocations, policy changes. */
export interface AdministrativeEvent {
  readonly at: Date;
  readonly type: string;
  readonly account: string | null;
  /** Who or what asked: `issuer/subject` of a caller, or the broker's own part, such as `start`. */
  readonly actor: string;
  readonly detail: string;
}

/** The audit table: append-only. Every call gives up at `deadline`. */
export interface AuditLog {
  /**
   * Returns once the row is durable.
   * @throws BrokerError `audit_unavailable` where that is not certain by `deadline`; the row may then still exist.
   */
  append(record: AuditRecord, deadline: Date): Promise<void>;
  /** As `append` for each record, in as few transactions as they have partitions; each has its own outcome. */
  appendTogether(records: readonly AuditRecord[], deadline: Date): Promise<void>[];
  /**
   * Writes the completion of the record with these keys; there can be one only.
   * @throws BrokerError `audit_unavailable`, also where one stands there already: look again.
   */
  appendCompletion(key: RowKeys, completion: Completion, requestId: string, deadline: Date): Promise<void>;
  /** Never throws: a denial that cannot be written is still a denial. */
  appendDenial(denial: DenialRecord, deadline: Date): Promise<void>;
  /** @throws BrokerError `audit_unavailable`. */
  appendEvent(event: AdministrativeEvent, deadline: Date): Promise<void>;
  /** The record with exactly these keys, or null. @throws BrokerError `audit_unavailable`. */
  find(key: RowKeys, deadline: Date): Promise<StoredAuditRecord | null>;
  /**
   * Every record of a fingerprint, oldest issuance first. `hours` (inclusive, `yyyymmddhh` of expiry) bounds the scan;
   * null scans all partitions. `scannedAll` is false where `deadline` ended it early.
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
