import type { Service } from '../azure/services.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';

/** What storage answered to something that must be dead. */
export interface RefusalProof {
  /** True if every service that answered refuses it, false if one still accepts it; null if nothing was tried or answered. */
  readonly proved: boolean | null;
  /** The services that answered. */
  readonly provedOn: readonly Service[];
}

export const UNPROVED: RefusalProof = { proved: null, provedOn: [] };

/** How far an order has come. */
export interface RevocationProgress extends RefusalProof {
  /** Null if the account has none, or it could not be read. */
  readonly journal: RotationJournal | null;
  readonly done: boolean;
  /** Ids of the deaths that this order recorded, or that an order recorded which it joined. */
  readonly deaths: readonly string[];
}
