import type { LiveTokens } from './token-count.ts';
import type { KeyName } from '../azure/services.ts';

/** Where an account's rotation stands; the words are the same in code, log, API and docs. */
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

/** Lower-case hex SHA-256 of each key's base64 text: tells keys apart without holding one. */
export type KeyHashes = Readonly<Record<KeyName, string>>;

/** When each key was made, as Resource Manager says; null on accounts whose keys are older than that record. */
export type KeyTimes = Readonly<Record<KeyName, Date | null>>;

/** A regeneration that may be under way: nobody else sends one before it is over. */
export interface Attempt {
  readonly key: KeyName;
  /** The broker instance that sent it. */
  readonly instance: string;
  /** By then its caller has given up on it. */
  readonly until: Date;
  /** Both keys before it was sent. */
  readonly before: KeyHashes;
}

/** How far the tokens of a demoted key were counted. It is of one demotion: a key that signed since has others. */
export interface Tally extends LiveTokens {
  readonly key: KeyName;
  readonly demotedAt: Date;
  /** When its first call began: only after the freeze are rows that were read all there is. */
  readonly begunAt: Date;
  /** As `TokenCount.rest`. */
  readonly rest: string;
}

/** Who or what asked for the rotation that runs. */
export interface RotationRequest {
  /** `schedule`, or `issuer/subject` of an operator. */
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
}

/** Something that happened, on its way to the audit table. */
export interface RotationEvent {
  readonly at: Date;
  /** Such as `rotation-settling`, `drift`. */
  readonly type: string;
  readonly actor: string;
  readonly detail: string;
}

/** All that is remembered of one account's rotation: one entity, replaced only under its ETag. */
export interface RotationJournal {
  readonly account: string;
  readonly phase: Phase;
  /** The broker may regenerate keys that nothing of its own depends on. False: observed, or paused by a stranger's hand. */
  readonly takenOver: boolean;
  /** The key that is published and signs. The other one is the standby. */
  readonly active: KeyName;
  readonly hashes: KeyHashes;
  readonly times: KeyTimes;
  readonly attempt: Attempt | null;
  /** Regenerated value must be unchanged until then. */
  readonly settleUntil: Date | null;
  /**
   * When the standby was certainly published no more; null where nothing can depend on it (it was regenerated since).
   * Of unknown status: the time of the first look.
   */
  readonly demotedAt: Date | null;
  /** By then every token of the standby is dead; null until they were counted, after the freeze. */
  readonly drainUntil: Date | null;
  /** When the count began that produced `drainUntil`. */
  readonly countedAt: Date | null;
  /** A count of the standby's tokens that goes on in a later tick. */
  readonly tally: Tally | null;
  /** Keys that were published under the other's name: rows of their tokens may name that one. Until they are no more. */
  readonly misnamed: readonly KeyName[];
  /** Keys that an operator gave up: regenerated next, whatever depends on them. */
  readonly compromised: readonly KeyName[];
  readonly request: RotationRequest | null;
  /** Null while observed. */
  readonly dueAt: Date | null;
  /** Since when delegation keys made earlier are dead; null: never revoked. */
  readonly delegationRevokedAt: Date | null;
  /** Resource Manager or the vault asked to be left alone until then. */
  readonly notBefore: Date | null;
  readonly lastOutcome: { readonly at: Date; readonly what: string } | null;
  /** The published secret does not hold the active key: seen and recorded, and not repaired yet. */
  readonly unpublished: boolean;
  /** What holds the rotation up, until nothing does; for people to read. */
  readonly lastError: string | null;
  /** What ended the last tick early, such as a read that failed; null after a tick that came to its end. */
  readonly lastFailure: string | null;
  /** Events that are not in the audit table yet; written before the next step. */
  readonly outbox: readonly RotationEvent[];
}

/** A journal as it was read, or after it was saved. `etag` null: there is none yet. */
export interface JournalEntry {
  readonly journal: RotationJournal | null;
  readonly etag: string | null;
}

/** Where journals are kept: one an account. */
export interface RotationJournals {
  /** @throws BrokerError `storage_unavailable`. */
  load(account: string): Promise<JournalEntry>;
  /**
   * Replaces what was read under `etag` (null: inserts the first).
   * @returns the new entry, or null where another instance was faster: load again.
   * @throws BrokerError `storage_unavailable`, after which it may be saved or not.
   */
  save(journal: RotationJournal, etag: string | null): Promise<JournalEntry | null>;
}
