import type { StorageAccount } from '../config/broker-config.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';
import type { LiveToken } from './live-token-list.ts';

/** All that a plan is made from. `journal` null: the account was never looked at; `waits` null: it is not managed. */
export interface PlanFacts {
  readonly account: StorageAccount;
  readonly journal: RotationJournal | null;
  readonly waits: RotationWaits | null;
  /** Tokens of the account that have not expired. */
  readonly tokens: readonly LiveToken[];
  readonly scannedAll: boolean;
  readonly now: Date;
}
