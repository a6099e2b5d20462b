import { createHash } from 'node:crypto';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';

/** Every wait of one account's rotation, in whole seconds; all derive from its settings and the request deadline. */
export interface RotationWaits {
  readonly every: number;
  readonly overlap: number;
  readonly settle: number;
  readonly clockSkew: number;
  /** How long one call to Azure may take: as long as a request. */
  readonly callTimeoutSeconds: number;
  /** After this no instance can sign any more with a key that is not published. */
  readonly freeze: number;
  /** How long a whole rotation may take, drain included, before it is overdue. */
  readonly patience: number;
}

/** Null for an account whose keys this broker does not rotate. `requestTimeoutSeconds` in seconds. */
export function rotationWaits(account: StorageAccount, requestTimeoutSeconds: number): RotationWaits | null {
  if (account.rotation === null || account.keys === null) return null;
  const { every, overlap, settle, clockSkew } = account.rotation;
  const freeze = account.keyCache + account.keyStaleMax + requestTimeoutSeconds + clockSkew;
  const patience =
    freeze + 2 * (settle + requestTimeoutSeconds + clockSkew) + Math.max(account.maxTokenTtl, overlap);
  return { every, overlap, settle, clockSkew, callTimeoutSeconds: requestTimeoutSeconds, freeze, patience };
}

/**
 * When the next rotation is due: after nine to ten tenths of `every`, by the account's name, so that accounts that
 * were taken over together do not rotate in the same minute.
 */
export function nextDue(account: string, from: Date, every: number): Date {
  const fraction = createHash('sha256').update(account).digest().readUInt32BE() / 2 ** 32;
  return addSeconds(from, Math.floor(every * (1 - fraction / 10)));
}
