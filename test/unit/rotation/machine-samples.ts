import { addSeconds } from '../../../shared/iso-time.ts';
import type { KeyHashes, RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import type { Facts, RotationContext } from '../../../shared/rotation/rotation-step.ts';
import type { SecretFact } from '../../../shared/rotation/secret-fact.ts';
import { rotationWaits, type RotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { account } from '../../fakes/configuration.ts';
import { someJournal } from './journal-samples.ts';
import type { KeyName } from '../../../shared/azure/services.ts';

export const NOW = new Date('2026-11-22T12:00:00Z');
/** The instant that many seconds from now. */
export const at = (seconds: number): Date => addSeconds(NOW, seconds);

/** Sums of these tell which of them went into a wait. */
export const SETTINGS = {
  ...{ every: 3_000_000, overlap: 70_000, settle: 1000, clockSkew: 300, keyCache: 60, keyStaleMax: 7000 },
  ...{ requestTimeoutSeconds: 10, maxTokenTtl: 80_000 },
};

export function waitsOf(settings: Partial<typeof SETTINGS> = {}): RotationWaits {
  const { requestTimeoutSeconds, keyCache, keyStaleMax, maxTokenTtl, ...rotation } = {
    ...SETTINGS,
    ...settings,
  };
  const configured = account({
    rotation: { ...rotation, takeOver: true },
    ...{ keyCache, keyStaleMax, maxTokenTtl },
  });
  return rotationWaits(configured, requestTimeoutSeconds)!;
}

export const hash = (letter: string): string => letter.repeat(64);
/** What the keys of `journalWith` are. */
export const KEYS: KeyHashes = { key1: hash('1'), key2: hash('2') };
export const TIMES = { key1: at(-900_000), key2: at(-800_000) };

export const contextWith = (parts: Partial<RotationContext> = {}): RotationContext => ({
  ...{ account: 'media', waits: waitsOf(), takeOver: true, instance: 'this', now: NOW },
  ...parts,
});

/** Steady, key1 signs, nothing depends on key2, due in a while. */
export const journalWith = (parts: Partial<RotationJournal> = {}): RotationJournal =>
  someJournal({ hashes: KEYS, times: TIMES, dueAt: at(500_000), ...parts });

export const secretOf = (key: KeyName | null, parts: Partial<SecretFact> = {}): SecretFact => ({
  version: 'v1',
  hash: key === null ? null : KEYS[key],
  name: key,
  managedBy: 'sas-token-broker',
  ...parts,
});

/** As many facts as a quiet look brings: nothing has changed. */
export const QUIET: Facts = { times: TIMES, secret: secretOf('key1') };
