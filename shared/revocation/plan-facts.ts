import type { StorageAccount } from '../config/broker-config.ts';
import type { Death } from '../deaths/death.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';
import type { LiveToken } from './live-token.ts';

/** Everything that a plan is made from. */
export interface PlanFacts {
  readonly account: StorageAccount;
  /** Null if the broker has not observed the account yet, or does not manage its keys. */
  readonly journal: RotationJournal | null;
  /** Null if the broker does not manage the account's keys. */
  readonly waits: RotationWaits | null;
  /** Those of the account; empty if the broker does not manage its keys. */
  readonly deaths: readonly Death[];
  /** Tokens of the account that have not expired. */
  readonly tokens: readonly LiveToken[];
  readonly scannedAll: boolean;
  readonly now: Date;
}
