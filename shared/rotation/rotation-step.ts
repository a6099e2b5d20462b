import type { TokenCount } from './token-count.ts';
import { MANAGED_BY } from './published-secrets.ts';
import type { Regeneration } from './managed-keys.ts';
import type { KeyHashes, KeyTimes, RotationEvent, RotationJournal, Tally } from './rotation-journal.ts';
import type { RotationWaits } from './rotation-waits.ts';
import type { KeyName } from '../azure/services.ts';

/** The published secret as the machine sees it: never its value. `hash` null: disabled, or no key in it. */
export interface SecretFact {
  readonly version: string;
  readonly hash: string | null;
  /** What its tag says it is: rows name the key of a token so. Null: neither, and such rows are both keys'. */
  readonly name: KeyName | null;
  readonly managedBy: string | null;
}

/** What a count came to. */
export interface Counted extends TokenCount {
  /** When its first call began. */
  readonly begunAt: Date;
}

/** What was read since the journal was last loaded or saved; what is absent was not read. */
export interface Facts {
  readonly times?: KeyTimes;
  readonly keys?: KeyHashes;
  /** A second read of the keys, to believe a difference. */
  readonly keysAgain?: KeyHashes;
  /** Null: there is no secret. */
  readonly secret?: SecretFact | null;
  /** Whether storage accepts the key. */
  readonly opens?: Partial<Readonly<Record<KeyName, boolean>>>;
  readonly tokens?: Partial<Readonly<Record<KeyName, Counted>>>;
  /** What this very run's regeneration came to. */
  readonly regeneration?: Regeneration;
  /** This run published a key, or disabled the other versions. */
  readonly published?: boolean;
  readonly disabled?: boolean;
}

/** What to do next. Reads add to the facts; a save starts again with none. */
export type Step =
  | { readonly do: 'read'; readonly what: 'times' | 'keys' | 'keysAgain' | 'secret' }
  | { readonly do: 'probe'; readonly key: KeyName }
  /** Goes on with `begun`, where an earlier tick came to no end. */
  | {
      readonly do: 'count';
      readonly key: KeyName;
      /** Rows that name the other key may be its own. */
      readonly anyName: boolean;
      readonly begun: Tally | null;
      readonly begunAt: Date;
    }
  | { readonly do: 'save'; readonly journal: RotationJournal }
  /** Saves the attempt, then sends the request. */
  | { readonly do: 'regenerate'; readonly key: KeyName; readonly journal: RotationJournal }
  | { readonly do: 'publish'; readonly key: KeyName }
  | { readonly do: 'disable'; readonly keep: string }
  /** Nothing more can be done before `until`; null: until something changes. */
  | { readonly do: 'wait'; readonly until: Date | null };

/** What a decision is made in: nothing here is read from outside while it is made. */
export interface RotationContext {
  readonly account: string;
  readonly waits: RotationWaits;
  /** The configuration says that the broker may take the account over. */
  readonly takeOver: boolean;
  /** Names this broker instance in attempts. */
  readonly instance: string;
  readonly now: Date;
}

export const otherKey = (key: KeyName): KeyName => (key === 'key1' ? 'key2' : 'key1');

/** The key that is not published. */
export const standbyOf = (journal: RotationJournal): KeyName => otherKey(journal.active);

/** Nothing that was counted is worth anything: another key drains, or none, or the freeze is not over after all. */
export const UNCOUNTED = { drainUntil: null, countedAt: null, tally: null } as const;

/** A save with changes and, where something happened, its event. */
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

/** A move to another phase, with its event. */
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

/** Waits until an instant, or goes on if it has passed. */
export function waitUntil(until: Date, now: Date): Step | null {
  return now < until ? { do: 'wait', until } : null;
}

/** Why an account is left alone whose secret something else publishes. */
export const MANAGED_BY_STRANGER = 'the secret is managed by somebody else, as its ManagedBy tag says';

/** Whether the secret's tag says that something else publishes it. */
export function managedByStranger(secret: SecretFact | null): boolean {
  const manager = secret?.managedBy ?? null;
  return manager !== null && manager !== MANAGED_BY;
}
