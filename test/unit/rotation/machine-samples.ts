import type { KeyName } from '../../../shared/azure/services.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { KeyHashes } from '../../../shared/keys/key-hash.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import type { Facts, RotationContext } from '../../../shared/rotation/rotation-step.ts';
import { rotationWaits, type RotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import type { SecretFact } from '../../../shared/rotation/secret-fact.ts';
import { account } from '../../fakes/configuration.ts';
import { someJournal } from './journal-samples.ts';

export const NOW = new Date('2026-11-22T12:00:00Z');
/** Returns the instant that many seconds after `NOW`. */
export const at = (seconds: number): Date => addSeconds(NOW, seconds);

/** The digits of a sum show which of these went into a wait. */
export const SETTINGS = {
  every: 3_000_000,
  overlap: 70_000,
  settle: 1000,
  clockSkew: 300,
  keyCache: 60,
  keyStaleMax: 7000,
  requestTimeoutSeconds: 10,
  maxTokenTtl: 80_000,
};

export function waitsOf(settings: Partial<typeof SETTINGS> = {}): RotationWaits {
  const { requestTimeoutSeconds, keyCache, keyStaleMax, maxTokenTtl, ...rotation } = {
    ...SETTINGS,
    ...settings,
  };
  const configured = account({
    rotation: { ...rotation, takeOver: true },
    keyCache,
    keyStaleMax,
    maxTokenTtl,
  });
  return rotationWaits(configured, requestTimeoutSeconds)!;
}

export const hash = (letter: string): string => letter.repeat(64);
/** The key hashes of `journalWith`. */
export const KEYS: KeyHashes = { key1: hash('1'), key2: hash('2') };
export const TIMES = { key1: at(-900_000), key2: at(-800_000) };

export const contextWith = (parts: Partial<RotationContext> = {}): RotationContext => ({
  account: 'media',
  waits: waitsOf(),
  takeOver: true,
  instance: 'this',
  now: NOW,
  ...parts,
});

/** Returns a steady journal: key1 is active, nothing depends on key2, and the next rotation is not due yet. */
export const journalWith = (parts: Partial<RotationJournal> = {}): RotationJournal =>
  someJournal({
    hashes: KEYS,
    times: TIMES,
    dueAt: at(500_000),
    // The settings have not changed since the demotion.
    drainWaits: (parts.demotedAt ?? null) === null ? null : drainWaitsOf(),
    ...parts,
  });

const drainWaitsOf = () => ({ freeze: waitsOf().freeze, overlap: SETTINGS.overlap });

export const secretOf = (key: KeyName | null, parts: Partial<SecretFact> = {}): SecretFact => ({
  version: 'v1',
  hash: key === null ? null : KEYS[key],
  name: key,
  managedBy: 'sas-token-broker',
  ...parts,
});

/** The facts of a tick that finds nothing changed. */
export const QUIET: Facts = { times: TIMES, secret: secretOf('key1') };
