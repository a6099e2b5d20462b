import type { KeyName } from '../azure/services.ts';
import type { TokenCount } from './token-count.ts';

/** The phases of an account's rotation; the words are the same in code, log, API and docs. */
export const PHASES = [
  'observed',
  'steady',
  'preparing',
  'settling',
  'publishing',
  'draining',
  'retiring',
  'paused',
] as const;
export type Phase = (typeof PHASES)[number];

/** Lower-case hex SHA-256 of each key's base64 text: distinguishes keys without holding one. */
export type KeyHashes = Readonly<Record<KeyName, string>>;

/** When each key was created, according to Resource Manager; null for a key that is older than that record. */
export type KeyTimes = Readonly<Record<KeyName, Date | null>>;

/** A regeneration that may be in flight; no instance sends another one before it is over. */
export interface Attempt {
  readonly key: KeyName;
  /** The broker instance that sent it. */
  readonly instance: string;
  /** The deadline at which its sender stops waiting for a reply. */
  readonly until: Date;
  /** Both keys before it was sent. */
  readonly before: KeyHashes;
}

/** An unfinished count of a demoted key's tokens. It belongs to one demotion, because a key that is active again signs more. */
export interface Tally extends TokenCount {
  readonly key: KeyName;
  readonly demotedAt: Date;
  /** When its first call began. Only a count that began after the freeze has seen every row. */
  readonly begunAt: Date;
  /** As `CountProgress.rest`. */
  readonly rest: string;
}

/** Who or what asked for the rotation that is in progress. */
export interface RotationRequest {
  /** `schedule`, or `issuer/subject` of an operator. */
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
}

/** Something that happened and is recorded in the audit table. */
export interface RotationEvent {
  readonly at: Date;
  /** For example `rotation-settling` or `drift`. */
  readonly type: string;
  readonly actor: string;
  readonly detail: string;
}

/** Everything that the broker remembers about one account's rotation: one row, replaced only under its ETag. */
export interface RotationJournal {
  readonly account: string;
  readonly phase: Phase;
  /**
   * True if the broker may regenerate keys on which none of its own tokens depends. False while the account is observed,
   * or was paused before anyone took it over.
   */
  readonly takenOver: boolean;
  /** The key that is published and signs tokens. The other one is the standby. */
  readonly active: KeyName;
  readonly hashes: KeyHashes;
  readonly times: KeyTimes;
  readonly attempt: Attempt | null;
  /** The regenerated key must keep its value until then. */
  readonly settleUntil: Date | null;
  /**
   * When the standby was certainly no longer published; null if it was regenerated since, so nothing can depend on it.
   * For a standby of unknown status, the instant at which the broker first observed the account.
   */
  readonly demotedAt: Date | null;
  /** When the last token of the standby is dead; null until the tokens were counted, after the freeze. */
  readonly drainUntil: Date | null;
  /** When the count began that produced `drainUntil`. */
  readonly countedAt: Date | null;
  /** A count of the standby's tokens that a later tick continues. */
  readonly tally: Tally | null;
  /** Keys that were published under the other key's name, so rows of their tokens may name that one; until regenerated. */
  readonly misnamed: readonly KeyName[];
  /** Keys that an operator marked as compromised: they are regenerated next, whatever depends on them. */
  readonly compromised: readonly KeyName[];
  readonly request: RotationRequest | null;
  /** When the next scheduled rotation is due; null while the account is only observed. */
  readonly dueAt: Date | null;
  /** User delegation keys that were created before this instant are dead; null if none was ever revoked. */
  readonly delegationRevokedAt: Date | null;
  /** Resource Manager or the vault asked the broker not to call again before this instant. */
  readonly notBefore: Date | null;
  readonly lastOutcome: { readonly at: Date; readonly what: string } | null;
  /** True if the published secret does not hold the active key; this is recorded, but not repaired yet. */
  readonly unpublished: boolean;
  /** Why the rotation is held up, for people to read; null if it is not. */
  readonly lastError: string | null;
  /** The error that ended the last tick early, such as a failed read; null after a complete tick. */
  readonly lastFailure: string | null;
  /** Events that are not in the audit table yet; they are written before the next step. */
  readonly outbox: readonly RotationEvent[];
}

/** A journal as it was read or saved, with its ETag. Both are null if there is no journal yet. */
export interface JournalEntry {
  readonly journal: RotationJournal | null;
  readonly etag: string | null;
}

/** Keeps the journals: one per account. */
export interface RotationJournals {
  /**
   * Reads the account's journal.
   * @throws BrokerError `storage_unavailable`.
   */
  load(account: string): Promise<JournalEntry>;
  /**
   * Replaces the journal that was read under `etag`; null inserts the first.
   * @returns the new entry, or null if another instance was faster: load the journal again.
   * @throws BrokerError `storage_unavailable`; the journal may or may not be saved then.
   */
  save(journal: RotationJournal, etag: string | null): Promise<JournalEntry | null>;
}
