import type { StorageAccount } from '../../../shared/config/broker-config.ts';
import { parseAccountKey } from '../../../shared/keys/account-key-secret.ts';
import { hashKey, keyIdOf } from '../../../shared/keys/key-hash.ts';
import type { WatchedAzure } from './watched-azure.ts';

interface Kept {
  readonly value: string;
  readonly keyId: string;
  readonly sentAt: number;
}

interface Signed extends Kept {
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/**
 * Issues service SAS as an instance does: reads the published secret and caches it for `keyCache` and, while its vault
 * fails, `keyStaleMax` longer. A reply that there is no key ends the cache. A token is signed, its row is written, and
 * only then is it handed out, up to a request timeout later, but not with a key that is too old by then.
 */
export class IssuingInstance {
  /** True if its vault does not answer. */
  vaultDown = false;
  readonly #azure: WatchedAzure;
  readonly #account: StorageAccount;
  /** The instance's own clock, in milliseconds. */
  readonly #clock: () => number;
  #kept: Kept | null = null;
  /** The text that the published secret had at the last read, and its key. */
  #parsed: { readonly text: string; readonly key: Omit<Kept, 'sentAt'> | null } = { text: '', key: null };
  #signed: Signed | null = null;

  constructor(azure: WatchedAzure, account: StorageAccount, clock: () => number) {
    this.#azure = azure;
    this.#account = account;
    this.#clock = clock;
  }

  /** Receives a request: signs a token and keeps it until `handOut`; `ttl` in seconds. */
  sign(ttl: number): void {
    const key = this.#current();
    const issuedAt = Math.floor(this.#clock() / 1000) * 1000;
    this.#signed = key === null ? null : { ...key, issuedAt, expiresAt: issuedAt + ttl * 1000 };
  }

  /** Writes the row and hands the token out. */
  handOut(): void {
    const signed = this.#signed;
    this.#signed = null;
    if (signed === null || this.#clock() >= this.#usableUntil(signed)) return;
    const { value, keyId, issuedAt, expiresAt } = signed;
    const issued = new Date(issuedAt);
    const expires = new Date(expiresAt);
    this.#azure.tokens.push({
      account: this.#account.name,
      keyId,
      issuedAt: issued,
      expiresAt: expires,
    });
    this.#azure.handedOut.push({ value, expiresAt });
    if (expiresAt > this.#azure.clock().getTime() && !this.#azure.isAlive(value) && !this.#isExcused(value))
      this.#azure.wrong('a token was handed out that the storage does not take');
  }

  forget(): void {
    this.#kept = null;
  }

  /** Returns true if this instance might hand out a token that `value` signed if the vault fails from now on. */
  couldSign(value: string): boolean {
    const now = this.#clock();
    return [this.#kept, this.#signed].some(
      (held) => held?.value === value && held.sentAt <= now && now < this.#usableUntil(held),
    );
  }

  #isExcused(value: string): boolean {
    return this.#azure.excused.has(value) || this.#azure.foreignValues.has(value);
  }

  #current(): Kept | null {
    const now = this.#clock();
    if (this.#kept !== null && now < this.#kept.sentAt) this.#kept = null;
    const kept = this.#kept;
    if (kept !== null && now < kept.sentAt + this.#account.keyCache * 1000) return kept;
    if (this.vaultDown) return kept !== null && now < this.#usableUntil(kept) ? kept : null;
    this.#kept = this.#read(now);
    return this.#kept;
  }

  #read(sentAt: number): Kept | null {
    const newest = this.#azure.secret(this.#account)?.versions.at(-1);
    if (newest?.enabled !== true) return null;
    const { text } = newest;
    if (this.#parsed.text !== text) {
      const parsed = parseAccountKey(text, this.#account);
      const key = parsed.ok ? { value: parsed.value.reveal(), keyId: keyIdOf(hashKey(parsed.value)) } : null;
      this.#parsed = { text, key };
    }
    const { key } = this.#parsed;
    return key && { ...key, sentAt };
  }

  #usableUntil({ sentAt }: Kept): number {
    return sentAt + (this.#account.keyCache + this.#account.keyStaleMax) * 1000;
  }
}
