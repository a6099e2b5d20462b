import type { DelegationProbe } from '../keys/delegation-probes.ts';
import { hashKey, keyIdOf } from '../keys/key-hash.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import { keyDeathId } from '../deaths/death.ts';

/** What shows whether storage still accepts something that must be dead. */
export interface Evidence {
  /** The id of the death. */
  readonly death: string;
  readonly tried: { readonly key: SecretText } | { readonly probes: readonly DelegationProbe[] };
}

const MAX_ENTRIES = 200;

/**
 * Remembers former key values and probes of revoked delegation keys, because nothing can read them again. In this
 * process's memory only: they are neither stored nor logged, so after a restart these deaths stay unproved. The oldest
 * ones are forgotten beyond a limit.
 */
export class ProofMemory {
  readonly #entries = new Map<string, Evidence>();

  /** Remembers a key's value for the proof of its death. */
  rememberKey(account: string, key: SecretText): void {
    this.#remember(account, { death: keyDeathId(keyIdOf(hashKey(key))), tried: { key } });
  }

  /** Remembers probes for the proof of a death of delegation keys. An earlier order's probes are as good. */
  rememberProbes(account: string, death: string, probes: readonly DelegationProbe[]): void {
    if (probes.length > 0 && this.find(account, death) === null)
      this.#remember(account, { death, tried: { probes } });
  }

  /** Returns what can prove a death; null if this process has nothing. */
  find(account: string, death: string): Evidence | null {
    return this.#entries.get(entryOf(account, death)) ?? null;
  }

  forget(account: string, death: string): void {
    this.#entries.delete(entryOf(account, death));
  }

  #remember(account: string, evidence: Evidence): void {
    const entry = entryOf(account, evidence.death);
    this.#entries.delete(entry);
    this.#entries.set(entry, evidence);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
  }
}

const entryOf = (account: string, death: string): string => `${account}/${death}`;
