import type { TokenCount } from './token-count.ts';
import { MANAGED_BY } from './published-secrets.ts';
import type { Regeneration } from './managed-keys.ts';
import type { KeyHashes, KeyTimes, RotationEvent, RotationJournal, Tally } from './rotation-journal.ts';
import type { RotationWaits } from './rotation-waits.ts';
import type { KeyName } from '../azure/services.ts';

/** The published secret as the state machine sees it, without its value. */
export interface SecretFact {
  readonly version: string;
  /** The key's hash; null if the version is disabled or does not hold a key. */
  readonly hash: string | null;
  /** The key that its tag names, which audit rows repeat; null if it names neither, so rows may belong to either key. */
  readonly name: KeyName | null;
  readonly managedBy: string | null;
}

/** The result of a count as far as it came. */
export interface Counted extends TokenCount {
  /** When its first call began. */
  readonly begunAt: Date;
}

/** What this run has read since the journal was last loaded or saved; a member that is absent was not read. */
export interface Facts {
  readonly times?: KeyTimes;
  readonly keys?: KeyHashes;
  /** A second read of the keys, which confirms a difference. */
  readonly keysAgain?: KeyHashes;
  /** Null if there is no secret. */
  readonly secret?: SecretFact | null;
  /** For each key that was probed, whether storage accepts it. */
  readonly opens?: Partial<Readonly<Record<KeyName, boolean>>>;
  readonly tokens?: Partial<Readonly<Record<KeyName, Counted>>>;
  /** The outcome of the regeneration that this run sent. */
  readonly regeneration?: Regeneration;
  /** True if this run has published a key. */
  readonly published?: boolean;
  /** True if this run has disabled the other versions of the secret. */
  readonly disabled?: boolean;
}

/** What to do next. A read adds to the facts; a save discards them. */
export type Step =
  | { readonly do: 'read'; readonly what: 'times' | 'keys' | 'keysAgain' | 'secret' }
  | { readonly do: 'probe'; readonly key: KeyName }
  /** Continues the count `begun` that an earlier tick did not finish. */
  | {
      readonly do: 'count';
      readonly key: KeyName;
      /** Rows that name the other key may belong to this key too. */
      readonly anyName: boolean;
      readonly begun: Tally | null;
      readonly begunAt: Date;
    }
  | { readonly do: 'save'; readonly journal: RotationJournal }
  /** Saves the attempt, then sends the request. */
  | { readonly do: 'regenerate'; readonly key: KeyName; readonly journal: RotationJournal }
  | { readonly do: 'publish'; readonly key: KeyName }
  | { readonly do: 'disable'; readonly keep: string }
  /** Nothing more can be done before `until`; null if only a change elsewhere can help. */
  | { readonly do: 'wait'; readonly until: Date | null };

/** The circumstances of a decision, which stay fixed while it is made. */
export interface RotationContext {
  readonly account: string;
  readonly waits: RotationWaits;
  /** True if the configuration lets the broker take the account over. */
  readonly takeOver: boolean;
  /** Names this broker instance in attempts. */
  readonly instance: string;
  readonly now: Date;
}

/** Returns the account's other key. */
export const otherKey = (key: KeyName): KeyName => (key === 'key1' ? 'key2' : 'key1');

/** Returns the key that is not published. */
export const standbyOf = (journal: RotationJournal): KeyName => otherKey(journal.active);

/** Discards every count: another key drains, or none does, or the freeze turns out not to be over. */
export const UNCOUNTED = { drainUntil: null, countedAt: null, tally: null } as const;

/** Returns a step that saves the journal with the changes and, if one is given, an event. */
export function save(
  journal: RotationJournal,
  changes: Partial<RotationJournal>,
  context: RotationContext,
  event?: { readonly type: string; readonly detail: string },
): Step {
  const next = { ...journal, ...changes };
  if (event === undefined) return { do: 'save', journal: next };
  const actor = journal.request?.by ?? 'schedule';
  const happened: RotationEvent = { at: context.now, actor, ...event };
  return { do: 'save', journal: { ...next, outbox: [...next.outbox, happened] } };
}

/** Returns a step that moves the account to another phase and clears its errors, with an event. */
export function moveTo(
  journal: RotationJournal,
  phase: RotationJournal['phase'],
  changes: Partial<RotationJournal>,
  context: RotationContext,
  detail: string,
): Step {
  return save(journal, { lastError: null, unpublished: false, ...changes, phase }, context, {
    type: `rotation-${phase}`,
    detail,
  });
}

/** Returns a step that waits until an instant; null if it has passed. */
export function waitUntil(until: Date, now: Date): Step | null {
  return now < until ? { do: 'wait', until } : null;
}

/** Tells an operator why the broker leaves an account alone. */
export const MANAGED_BY_STRANGER =
  'the published secret is managed outside the broker, according to its ManagedBy tag';

/** Returns true if the secret's tag says that something outside the broker publishes it. */
export function managedByStranger(secret: SecretFact | null): boolean {
  const manager = secret?.managedBy ?? null;
  return manager !== null && manager !== MANAGED_BY;
}
