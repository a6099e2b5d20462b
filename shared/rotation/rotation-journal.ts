import type { KeyName } from '../azure/services.ts';
import type { OrderedDeath } from '../deaths/death.ts';
import type { KeyHashes } from '../keys/key-hash.ts';
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
  /** The deadline of an earlier request for the same key that got no reply and may still take effect; null: none. */
  readonly unanswered: Date | null;
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

/** The longest waits that were configured in the present rotation since a key was first demoted: an instance with older settings may still run. */
export interface DrainWaits {
  /** In whole seconds, as `RotationWaits.freeze`. */
  readonly freeze: number;
  /** In whole seconds, as `RotationWaits.overlap`. */
  readonly overlap: number;
}

/** Where a revocation began on an account that rotation leaves alone, and where the account returns to after it. */
export interface ReturnPoint {
  readonly phase: 'observed' | 'paused';
  readonly lastError: string | null;
}

/** An order to revoke user delegation keys that Resource Manager has not confirmed yet; the timer sends it again. */
export interface DelegationOrder {
  /** The id of its death. */
  readonly death: string;
  /** `issuer/subject` of the operator. */
  readonly by: string;
  readonly byName: string | null;
  readonly reason: string;
  readonly at: Date;
  /** `delegationRevokedAt` before the order, to be restored if Azure turns the order down. */
  readonly revokedAtBefore: Date | null;
  /** True if a request got no clear answer, so the keys may be dead already. */
  readonly mayHaveLanded: boolean;
  /** Why it is not confirmed yet, for people to read. */
  readonly lastError: string | null;
}

/** Who or what asked for the rotation that is in progress. */
export interface RotationRequest {
  /** `schedule`, or `issuer/subject` of an operator. */
  readonly by: string;
  /** The operator's name, for people to read. */
  readonly byName: string | null;
  readonly reason: string;
  readonly at: Date;
}

/** Something that happened and is recorded in the audit table. */
export interface RotationEvent {
  readonly at: Date;
  /** For example `rotation-settling` or `drift`. */
  readonly type: string;
  readonly actor: string;
  readonly actorName: string | null;
  /** The account's phase and active key right after it. */
  readonly phase: Phase;
  readonly activeKey: KeyName;
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
  /** Null if no key has drained since the last rotation ended. */
  readonly drainWaits: DrainWaits | null;
  /** When the last token of the standby is dead; null until the tokens were counted, after the freeze. */
  readonly drainUntil: Date | null;
  /** When the count began that produced `drainUntil`. */
  readonly countedAt: Date | null;
  /** A count of the standby's tokens that a later tick continues. */
  readonly tally: Tally | null;
  /** Keys that an operator marked as compromised: they are regenerated next, whatever depends on them. */
  readonly compromised: readonly KeyName[];
  readonly request: RotationRequest | null;
  /** Set while a revocation of keys runs on an account that was observed or paused. */
  readonly returnTo: ReturnPoint | null;
  /** The version of the published secret whose key storage refuses; instances do not sign with it. Null: none known. */
  readonly deadSecret: string | null;
  /** When the next scheduled rotation is due; null while the account is only observed. */
  readonly dueAt: Date | null;
  /** User delegation keys that were created before this instant are dead; null if none was ever revoked. */
  readonly delegationRevokedAt: Date | null;
  readonly delegationOrder: DelegationOrder | null;
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
  /** Deaths that are not recorded yet; they are recorded before the next step. */
  readonly unrecordedDeaths: readonly OrderedKeyDeath[];
}

/** The death of a key's value: an operator's order, or a regeneration outside the broker. */
export type OrderedKeyDeath = OrderedDeath & { readonly dead: { readonly what: 'key' } };

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
  /**
   * Returns the accounts with an order that `hasOrder` finds, in one cheap read.
   * @throws BrokerError `storage_unavailable`.
   */
  withOrders(): Promise<readonly string[]>;
}

/** Returns true if an operator's revocation of keys or of user delegation keys is not finished. */
export function hasOrder({ compromised, delegationOrder }: RotationJournal): boolean {
  return compromised.length > 0 || delegationOrder !== null;
}
