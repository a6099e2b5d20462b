import { addSeconds, wholeSecond } from '../../../shared/iso-time.ts';
import type { DelegationProbe, DelegationProbes } from '../../../shared/keys/delegation-probes.ts';
import { type DelegationKey, SecretText } from '../../../shared/keys/signing-keys.ts';
import type { DelegationKeyRequest } from '../../../shared/keys/storage-delegation-request.ts';
import type { MemoryEffects } from '../../fakes/memory-effects.ts';

const BACK_DATED_SECONDS = 15 * 60;
const PROBE_SECONDS = 6 * 3600;

/** A user delegation key as storage knows it. */
interface StoredKey {
  readonly startsAt: Date;
  /** How many revocations had taken effect when it was made. */
  readonly revocations: number;
  /** By Azure's clock, in milliseconds: a revocation at that very instant spares it. */
  readonly madeAt: number;
}

/** A user delegation SAS that an instance handed out. */
export interface DelegatedToken {
  readonly key: string;
  readonly startsAt: Date;
  /** By the clock of its instance, as in its row. */
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** By Azure's clock, in milliseconds. */
  readonly handedOutAt: number;
}

/**
 * User delegation keys in storage, and when revocations took effect. Microsoft does not say whether a revocation kills the
 * keys that were requested before it or those that start before it; `judgedBy` is one or the other.
 */
export class DelegationStorage {
  readonly judgedBy: 'request' | 'start';
  readonly clock: () => number;
  /** When each revocation took effect, by Azure's clock in milliseconds. */
  readonly revocations: number[] = [];
  readonly tokens: DelegatedToken[] = [];
  readonly #keys = new Map<string, StoredKey>();

  /** @param clock Azure's, in milliseconds. */
  constructor(judgedBy: 'request' | 'start', clock: () => number) {
    this.clock = clock;
    this.judgedBy = judgedBy;
  }

  /** Makes a key, and returns its value. */
  makeKey(startsAt: Date, madeAt = -Infinity): string {
    const value = `key${this.#keys.size + 1}`;
    this.#keys.set(value, { startsAt, revocations: this.revocations.length, madeAt });
    return value;
  }

  /** Answers an instance that requests a key. */
  readonly requestKey = async ({ startsOn, expiresOn }: DelegationKeyRequest): Promise<DelegationKey> => {
    const startsAt = wholeSecond(startsOn);
    return {
      kind: 'user-delegation',
      value: new SecretText(this.makeKey(startsAt, this.clock())),
      objectId: 'o',
      tenantId: 't',
      startsAt,
      expiresAt: expiresOn,
      service: 'b',
      version: '2025-11-05',
      delegatedTenantId: null,
    };
  };

  /** Returns when the key died, by Azure's clock in milliseconds; null if it is alive. */
  diedAt(value: string): number | null {
    const key = this.#keys.get(value);
    if (key === undefined) throw new Error(`There is no key ${value}`);
    const killed =
      this.judgedBy === 'request'
        ? this.revocations.slice(key.revocations).find((at) => at > key.madeAt)
        : this.revocations.find((at) => at > key.startsAt.getTime());
    return killed ?? null;
  }

  /** Returns the adapter of one instance. Its calls are effects like the others. */
  probesOf(effects: MemoryEffects): DelegationProbes {
    const perform = <T>(detail: string, act: () => T, broken: T) =>
      effects.perform({ name: 'delegationProbe', account: 'media', detail }, act, () => broken);
    return {
      make: (_account, since, now) => {
        const backDated = addSeconds(now, -BACK_DATED_SECONDS);
        const startsAt = wholeSecond(since === null || since < backDated ? backDated : since);
        const act = (): DelegationProbe[] => {
          const url = new SecretText(this.makeKey(startsAt));
          const isAlive = this.diedAt(url.reveal()) === null;
          return isAlive ? [{ service: 'blob', url, expiresAt: addSeconds(now, PROBE_SECONDS) }] : [];
        };
        return perform('make', act, []);
      },
      isRefused: ({ url, expiresAt }, now) =>
        perform('try', () => (now >= expiresAt ? null : this.diedAt(url.reveal()) !== null), null),
    };
  }
}
