import { createHash } from 'node:crypto';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { DrainWaits, RotationJournal } from './rotation-journal.ts';

/** Every wait of one account's rotation, in whole seconds, derived from its settings and the request timeout. */
export interface RotationWaits {
  readonly every: number;
  readonly overlap: number;
  readonly settle: number;
  readonly clockSkew: number;
  /** Timeout of one call to Azure: the same as for a request. */
  readonly callTimeoutSeconds: number;
  /** The time after which no instance can still sign with a key that is no longer published. */
  readonly freeze: number;
  /** How long a whole rotation, drain included, may take before it is overdue. */
  readonly patience: number;
  /**
   * How long a revocation may take before it is overdue, while the leaked key lives: the calls to Azure, the settling of a
   * key that replaces it, an earlier request that must be over first, and the timer's intervals in between.
   */
  readonly revocationPatience: number;
}

/** The longest time for which a service may ask the broker not to call again. */
export const MAX_BACK_OFF_SECONDS = 3600;

/** The timer's interval in the templates is five minutes; a revocation may need three ticks. */
const THREE_TICKS = 3 * 5 * 60;
/** Times, keys, secret, regeneration, publication and probe, with one more of each key's reads. */
const REVOCATION_CALLS = 8;

/** Returns the account's waits; null if this broker does not rotate its keys. */
export function rotationWaits(account: StorageAccount, requestTimeoutSeconds: number): RotationWaits | null {
  if (account.rotation === null || account.keys === null) return null;
  const { every, overlap, settle, clockSkew } = account.rotation;
  const freeze = account.keyCache + account.keyStaleMax + requestTimeoutSeconds + clockSkew;
  const patience =
    freeze + 2 * (settle + requestTimeoutSeconds + 2 * clockSkew) + Math.max(account.maxTokenTtl, overlap);
  const revocationPatience = settle + 2 * clockSkew + REVOCATION_CALLS * requestTimeoutSeconds + THREE_TICKS;
  return {
    every,
    overlap,
    settle,
    clockSkew,
    callTimeoutSeconds: requestTimeoutSeconds,
    freeze,
    patience,
    revocationPatience,
  };
}

/**
 * Returns the longest waits that were configured since the standby was demoted: an instance with older settings may still
 * run, and other applications still rely on the longer overlap.
 */
export function longestDrainWaits(
  { drainWaits }: Pick<RotationJournal, 'drainWaits'>,
  waits: RotationWaits,
): DrainWaits {
  return {
    freeze: Math.max(waits.freeze, drainWaits?.freeze ?? 0),
    overlap: Math.max(waits.overlap, drainWaits?.overlap ?? 0),
  };
}

/**
 * Returns when the next rotation is due: after 90 to 100 % of `every` seconds, depending on the account's name, so that
 * accounts that were taken over together do not rotate in the same minute.
 */
export function nextDue(account: string, from: Date, every: number): Date {
  const fraction = createHash('sha256').update(account).digest().readUInt32BE() / 2 ** 32;
  return addSeconds(from, Math.floor(every * (1 - fraction / 10)));
}
