import type { KeyName } from '../azure/services.ts';
import type { Regeneration } from './managed-keys.ts';
import type { KeyHashes } from '../keys/key-hash.ts';
import type { KeyTimes, RotationJournal, Tally } from './rotation-journal.ts';
import type { RotationWaits } from './rotation-waits.ts';
import type { SecretFact } from './secret-fact.ts';
import type { CountProgress } from './token-count.ts';

/** The result of a count as far as it came. */
export interface CountFact extends CountProgress {
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
  /** Whether storage accepts the key in the published secret. */
  readonly secretOpens?: boolean;
  readonly tokens?: Partial<Readonly<Record<KeyName, CountFact>>>;
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
  /** Probes the key in the published secret. */
  | { readonly do: 'probe-secret' }
  /** Continues the count `begun` that an earlier tick did not finish. */
  | {
      readonly do: 'count';
      readonly key: KeyName;
      /** The present keys, which tell whose value a row names. */
      readonly hashes: KeyHashes;
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
